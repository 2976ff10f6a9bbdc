/*
 * The only program of the machine that scripts/record-lock-stat boots: it is /init. Threads push pages of their own out
 * to zswap and fetch them back, and after each phase it tells what /proc/lock_stat and zswap counted; guest.h says how.
 *
 * Each thread has its own CPU and its own mapping. A page holds PAGE / 2 random bytes, so it compresses to a half. A
 * phase is done by one thread with all pages, or by four with a quarter each; /proc/lock_stat is cleared before it.
 *
 *   out     each page is written to (before), and pushed out by MADV_PAGEOUT: a store, with a new slot
 *   in      each is read: a load. It stays in the swap cache, and keeps its slot
 *   again   each is pushed out again: a store to the slot that it has
 *   free    all are forgotten by one MADV_DONTNEED while they are out: an invalidation each, of slots in a row
 *   single  the same, page by page
 *   write   each is out (before), and written to: a load, and its slot is given back
 *   pressure  threads write to their pages in a random order, in a cgroup that cannot hold them all: reclaim works
 *   full    as out, with a pool that is soon full: a worker writes entries back to the device
 */

#include "../booting/guest.h"
#include <pthread.h>
#include <sched.h>

#define PAGES 16384L
#define MOST_THREADS 4
#define TOUCHES (2 * PAGES)
#define LIMIT "46137344" /* of the cgroup, in "pressure": of PAGES and of what they compress to */
#define LEAST_SHARE 100  /* locks taken less than once for so many pages are not told of */
#define GROUP "/sys/fs/cgroup/run/"
#define PARAMETERS "/sys/module/zswap/parameters/"

static struct worker {
	pthread_t thread;
	unsigned char *pages;
	long count;
	int cpu;
	uint64_t random;
} workers[MOST_THREADS];

static int n_workers;
static pthread_barrier_t barrier;
static void (*job)(struct worker *worker); /* NULL: the end */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Jobs of a thread */

static void fill(struct worker *worker)
{
	for (long page = 0; page < worker->count; page++)
		for (int word = 0; word < PAGE / 16; word++)
			((uint64_t *)(worker->pages + page * PAGE))[word] = next_random(&worker->random);
}

static void push_out(struct worker *worker)
{
	if (madvise(worker->pages, worker->count * PAGE, MADV_PAGEOUT))
		fail("MADV_PAGEOUT: %s", strerror(errno));
}

static void read_back(struct worker *worker)
{
	for (long page = 0; page < worker->count; page++)
		(void)*(volatile unsigned char *)(worker->pages + page * PAGE);
}

static void write_back(struct worker *worker)
{
	for (long page = 0; page < worker->count; page++)
		*(volatile unsigned char *)(worker->pages + page * PAGE) = 1;
}

static void forget(struct worker *worker)
{
	madvise(worker->pages, worker->count * PAGE, MADV_DONTNEED);
}

static void forget_each(struct worker *worker)
{
	for (long page = 0; page < worker->count; page++)
		madvise(worker->pages + page * PAGE, PAGE, MADV_DONTNEED);
}

static void write_anywhere(struct worker *worker)
{
	for (long touch = 0; touch < TOUCHES / n_workers; touch++)
		((volatile unsigned char *)worker->pages)[next_random(&worker->random) % worker->count * PAGE] = 1;
}

/* Threads */

static void *work(void *of)
{
	struct worker *worker = of;
	cpu_set_t own;

	CPU_ZERO(&own);
	CPU_SET(worker->cpu, &own);
	if (sched_setaffinity(0, sizeof(own), &own))
		fail("there is no CPU %d: %s", worker->cpu, strerror(errno));
	for (;;) {
		pthread_barrier_wait(&barrier);
		if (!job)
			return NULL;
		job(worker);
		pthread_barrier_wait(&barrier);
	}
}

static void start_threads(int count)
{
	n_workers = count;
	pthread_barrier_init(&barrier, NULL, count + 1);
	for (int i = 0; i < count; i++) {
		struct worker *worker = workers + i;

		*worker = (struct worker){.count = PAGES / count, .cpu = i, .random = 88172645463325252ULL + i};
		worker->pages = mmap(NULL, worker->count * PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (worker->pages == MAP_FAILED || pthread_create(&worker->thread, NULL, work, worker))
			fail("there is no memory for a thread");
	}
}

static void all_do(void (*what)(struct worker *worker))
{
	job = what;
	pthread_barrier_wait(&barrier);
	if (what)
		pthread_barrier_wait(&barrier);
}

static void end_threads(void)
{
	all_do(NULL);
	for (int i = 0; i < n_workers; i++) {
		pthread_join(workers[i].thread, NULL);
		munmap(workers[i].pages, workers[i].count * PAGE);
	}
	pthread_barrier_destroy(&barrier);
}

/* What is told */

/* Of /proc/vmstat, and of the cgroup's memory.stat: there reclaim of its own limit is counted, and not in vmstat. */
static const char *const counters[] = {
	"zswpout", "zswpin", "zswpwb", "pswpout", "pswpin", "pgfault", "pgscan", "pgsteal", "pgrefill",
};
enum { FIRST_OF_GROUP = 6, N_COUNTERS = sizeof(counters) / sizeof(*counters) };

static long long stored_pages(void)
{
	char *value = content("/sys/kernel/debug/zswap/stored_pages");

	if (!value)
		fail("zswap has no stored_pages");
	return atoll(value);
}

static void look(long long *row)
{
	for (int i = 0; i < N_COUNTERS; i++)
		row[i] = in_list(i < FIRST_OF_GROUP ? "/proc/vmstat" : GROUP "memory.stat", counters[i]);
	row[N_COUNTERS] = stored_pages();
}

/* Until no entry is written back any more, and none is on its way to the device. */
static void settle(void)
{
	long long before, now = -1;

	do {
		before = now;
		nanosleep(&(struct timespec){0, 300 * MS}, NULL);
		now = in_list("/proc/vmstat", "zswpwb") + in_list("/proc/vmstat", "nr_writeback");
	} while (now != before);
}

/* Whether a row is of what lockdep follows as well, but nobody waits for. */
static int is_no_lock(const char *name)
{
	return !strncmp(name, "rcu_", 4) || !strncmp(name, "fs_reclaim", 10) || name[0] == '(' ||
	       strstr(name, "seqcount");
}

/* Rows of locks that were taken once for LEAST_SHARE pages or more, with one space where the kernel has many. */
static void tell_locks(const char *phase)
{
	FILE *file = fopen("/proc/lock_stat", "r");
	char line[512];

	if (!file)
		fail("this kernel has no /proc/lock_stat: it takes CONFIG_LOCK_STAT");
	fprintf(out, "lines %s.locks\n", phase);
	while (fgets(line, sizeof(line), file)) {
		char *name = line + strspn(line, " "), *numbers = strstr(line, ": "), *rest;
		long long taken;

		/* The eighth number is that of acquisitions. Other lines have no colon: they say where one waited. */
		if (!numbers || sscanf(numbers + 2, "%*s%*s%*s%*s%*s%*s%*s%lld", &taken) != 1 ||
		    taken < PAGES / LEAST_SHARE || is_no_lock(name))
			continue;
		fprintf(out, "%.*s", (int)(numbers + 1 - name), name);
		for (char *one = strtok_r(numbers + 1, " \n", &rest); one; one = strtok_r(NULL, " \n", &rest))
			fprintf(out, " %s", one);
		fputc('\n', out);
	}
	fclose(file);
	fputs(".\n", out);
}

static void phase(const char *name, void (*what)(struct worker *worker))
{
	long long before[N_COUNTERS + 1], after[N_COUNTERS + 1];
	char prefix[40], fact[80];

	snprintf(prefix, sizeof(prefix), "%s%d", name, n_workers);
	look(before);
	must_put("/proc/lock_stat", "0");
	all_do(what);
	settle();
	must_put("/proc/sys/kernel/lock_stat", "0");
	look(after);
	for (int i = 0; i < N_COUNTERS; i++) {
		snprintf(fact, sizeof(fact), "%s.%s", prefix, counters[i]);
		if (after[i] - before[i])
			number(fact, after[i] - before[i]);
	}
	snprintf(fact, sizeof(fact), "%s.stored_pages", prefix);
	number(fact, after[N_COUNTERS] - before[N_COUNTERS]);
	tell_locks(prefix);
	must_put("/proc/sys/kernel/lock_stat", "1");
	fflush(out);
}

/* All phases, by `count` threads. */
static void phases(int count)
{
	start_threads(count);
	all_do(fill);
	phase("out", push_out);
	phase("in", read_back);
	phase("again", push_out);
	phase("free", forget);
	all_do(fill);
	all_do(push_out);
	phase("single", forget_each);
	all_do(fill);
	all_do(push_out);
	phase("write", write_back);
	must_put(GROUP "memory.max", LIMIT);
	phase("pressure", write_anywhere);
	must_put(GROUP "memory.max", "max");
	all_do(forget);
	all_do(fill);
	must_put(PARAMETERS "max_pool_percent", "1");
	phase("full", push_out);
	must_put(PARAMETERS "max_pool_percent", "60");
	end_threads();
}

int main(void)
{
	struct utsname name;

	start_machine();
	uname(&name);
	text("kernel_release", name.release);
	mkdir("/sys/fs/cgroup", 0755);
	if (mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL))
		fail("there is no cgroup2: %s", strerror(errno));
	must_put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir(GROUP, 0755);
	must_put(GROUP "cgroup.procs", "0");
	put(PARAMETERS "zpool", "zsmalloc"); /* from 6.18 on there is no other */
	must_put(PARAMETERS "compressor", "lzo");
	must_put(PARAMETERS "max_pool_percent", "60");
	must_put(PARAMETERS "enabled", "Y");
	must_put("/proc/sys/vm/page-cluster", "0");
	close(open_disk("/dev/vda", O_RDONLY));
	must_put("/sys/block/vda/queue/rotational", "0"); /* only such a device has clusters of slots */
	if (swapon("/dev/vda", 0))
		fail("swapon /dev/vda: %s", strerror(errno));
	number("pages", PAGES);
	number("page_frames", in_list("/proc/meminfo", "MemTotal") / 4);
	phases(1);
	phases(MOST_THREADS);
	fputs("done\n", out);
	turn_off();
}
