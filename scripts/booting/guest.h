/*
 * What the guest programs of scripts/kernel-oracle and scripts/machine-oracle have in common. Such a program is /init,
 * and the only one of its machine. It does one job, tells on the second serial line what the kernel counted, and turns
 * the machine off. The job is on the kernel's command line, which Linux hands to init as its environment.
 *
 * What it tells, line by line; scripts/booting/told.py reads it:
 *
 *   text NAME VALUE, number NAME VALUE    a fact
 *   lines NAME, ..., .                    a table or a file of the kernel, whole
 *   fail WHY                              the end, early
 *   done                                  the end
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096L
#define MS 1000000L

static FILE *out;

static void turn_off(void)
{
	fflush(out);
	tcdrain(fileno(out));
	reboot(RB_POWER_OFF);
}

static void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void fail(const char *format, ...)
{
	va_list arguments;

	fputs("fail ", out);
	va_start(arguments, format);
	vfprintf(out, format, arguments);
	va_end(arguments);
	fputc('\n', out);
	turn_off();
	_exit(1);
}

static void number(const char *name, long long value)
{
	fprintf(out, "number %s %lld\n", name, value);
}

static void text(const char *name, const char *value)
{
	fprintf(out, "text %s %s\n", name, value);
}

static const char *asked(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		fail("the command line says no %s", name);
	return value;
}

/* Files of the kernel */

/* What `path` holds, without the last newline, in a buffer that the next call uses again; NULL if there is no such file. */
static char *content(const char *path)
{
	static char buffer[65536];
	int fd = open(path, O_RDONLY);
	ssize_t got, length = 0;

	if (fd < 0)
		return NULL;
	while ((got = read(fd, buffer + length, sizeof(buffer) - 1 - length)) > 0)
		length += got;
	close(fd);
	if (length && buffer[length - 1] == '\n')
		length--;
	buffer[length] = 0;
	return buffer;
}

/* 0, or why the kernel did not take it. */
static int put(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY), error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, value, strlen(value)) < 0)
		error = errno;
	close(fd);
	return error;
}

static void must_put(const char *path, const char *value)
{
	int error = put(path, value);

	if (error)
		fail("%s does not take %s: %s", path, value, strerror(error));
}

/* The number behind `name` in a file of lines "name number" or "name: number"; 0 if it has none. */
static long long in_list(const char *path, const char *name)
{
	char *line, *rest, *list = content(path);
	size_t length = strlen(name);

	for (line = list ? strtok_r(list, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest))
		if (!strncmp(line, name, length) && (line[length] == ' ' || line[length] == ':'))
			return atoll(line + length + 1);
	return 0;
}

static void tell_file(const char *name, const char *path)
{
	char *whole = content(path);

	if (whole)
		fprintf(out, "lines %s\n%s\n.\n", name, whole);
}

/* The machine */

static void load_modules(void)
{
	char path[300], *rest, *names = strdup(content("/modules/order") ?: "");

	for (char *name = strtok_r(names, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest)) {
		snprintf(path, sizeof(path), "/modules/%s", name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			fail("the kernel does not load its module %s: %s", name, strerror(errno));
		close(fd);
	}
	free(names);
}

static int open_disk(const char *path, int flags)
{
	int fd = -1;

	for (int look = 0; look < 1000 && (fd = open(path, flags)) < 0; look++)
		nanosleep(&(struct timespec){0, 10 * MS}, NULL);
	if (fd < 0)
		fail("there is no %s: %s", path, strerror(errno));
	return fd;
}

/* File systems, the line to tell on, and modules: what comes first. */
static void start_machine(void)
{
	struct termios line;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	out = fopen("/dev/ttyS1", "w");
	if (!out)
		reboot(RB_POWER_OFF);
	tcgetattr(fileno(out), &line);
	cfmakeraw(&line);
	tcsetattr(fileno(out), TCSANOW, &line);
	setvbuf(out, NULL, _IOFBF, 65536);
	load_modules();
}
