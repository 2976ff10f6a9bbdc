/*
 * The only program of the machine that scripts/machine-oracle boots: it is /init. It touches pages of its own in the
 * order that /dev/vda says, while they do not all fit into memory, and tells what the kernel counted before and after.
 * The job, on the kernel's command line:
 *
 *   setup=disk|zram|zswap|zram+disk       where pages go; the disk is /dev/vdb, with a swap header
 *   where=cgroup|machine frames=N         page frames for the touched pages: a cgroup's limit, or what is free
 *   lru_gen=n page_cluster=0 swappiness=200 min_free_kbytes=1024
 *   compressor=lz4 disksize=BYTES max_pool_percent=20
 *
 * Whatever is not touched pages is locked in memory, and has its page frames before the counting begins: the program,
 * its buffers, the page tables. No file is mapped or cached. The disk is read past the page cache.
 */

#include "guest.h"

#include <sched.h>

#define CONTENTS (16 * PAGE)
#define MAGIC 0x7a73777072656673ULL
#define TABLE (512 * PAGE) /* that one page table maps */
#define SCRATCH (64 * PAGE)
#define SAMPLES 64
#define SAMPLED 5
#define QUIET_LOOKS 5
#define LOOKS_AT_MOST 600
#define ZRAM "/sys/block/zram0/"

/* The file: this, padded to a page; a word for each touch, padded; what pages hold, in the order of first touches. */
struct head {
	uint64_t magic, pages, touches;
};

static struct head head;
static int input;
static unsigned char *area, *seen;
static uint32_t *words;
static unsigned char *contents;

static void *locked(size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE,
			  -1, 0);

	if (room == MAP_FAILED)
		fail("there is no memory for %zu bytes: %s", size, strerror(errno));
	return room;
}

static void read_input(void *to, size_t size, off_t from)
{
	while (size) {
		ssize_t got = pread(input, to, size, from);

		if (got <= 0)
			fail("/dev/vda cannot be read at %lld: %s", (long long)from, strerror(errno));
		to = (char *)to + got;
		from += got;
		size -= got;
	}
}

static size_t padded(size_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

static void open_input(void)
{
	char *page = locked(PAGE);

	input = open_disk("/dev/vda", O_RDONLY | O_DIRECT);
	read_input(page, PAGE, 0);
	memcpy(&head, page, sizeof(head));
	if (head.magic != MAGIC)
		fail("/dev/vda is no stream of touches");
	seen = locked(padded(head.pages));
	words = locked(padded(head.touches * sizeof(*words)));
	contents = locked(CONTENTS);
	read_input(words, padded(head.touches * sizeof(*words)), PAGE);
}

/* Settings */

static void optional(const char *path, const char *value)
{
	put(path, value); /* not all kernels have it */
}

static void make_swap(const char *path)
{
	unsigned char *page = locked(PAGE);
	int fd = open_disk(path, O_RDWR | O_DIRECT);
	uint64_t size;

	if (ioctl(fd, BLKGETSIZE64, &size))
		fail("%s has no size: %s", path, strerror(errno));
	((uint32_t *)(page + 1024))[0] = 1;
	((uint32_t *)(page + 1024))[1] = size / PAGE - 1;
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	if (pwrite(fd, page, PAGE, 0) != PAGE)
		fail("%s takes no swap header: %s", path, strerror(errno));
	close(fd);
}

static void swap_to(const char *path, int priority)
{
	if (swapon(path, SWAP_FLAG_PREFER | priority))
		fail("no swap on %s: %s", path, strerror(errno));
}

static void start_swap(void)
{
	const char *setup = asked("setup");

	if (!strncmp(setup, "zram", 4)) {
		must_put(ZRAM "comp_algorithm", asked("compressor"));
		must_put(ZRAM "disksize", asked("disksize"));
		make_swap("/dev/zram0");
		swap_to("/dev/zram0", 100);
	}
	if (!strcmp(setup, "zswap")) {
		must_put("/sys/module/zswap/parameters/compressor", asked("compressor"));
		optional("/sys/module/zswap/parameters/zpool", "zsmalloc");
		must_put("/sys/module/zswap/parameters/max_pool_percent", asked("max_pool_percent"));
		must_put("/sys/module/zswap/parameters/enabled", "Y");
	} else {
		optional("/sys/module/zswap/parameters/enabled", "N");
	}
	if (strcmp(setup, "zram")) {
		/* As of a flash device: readahead is by address, not by place on the disk. */
		must_put("/sys/block/vdb/queue/rotational", "0");
		swap_to("/dev/vdb", 1);
	}
}

static void set_kernel(void)
{
	optional("/sys/kernel/mm/transparent_hugepage/enabled", "never");
	must_put("/sys/kernel/mm/lru_gen/enabled", asked("lru_gen"));
	must_put("/proc/sys/vm/page-cluster", asked("page_cluster"));
	must_put("/proc/sys/vm/swappiness", asked("swappiness"));
	must_put("/proc/sys/vm/min_free_kbytes", asked("min_free_kbytes"));
	/* What a CPU keeps to itself is neither free nor used: as little as may be. */
	must_put("/proc/sys/vm/percpu_pagelist_high_fraction", "100000");
	must_put("/proc/sys/vm/watermark_boost_factor", "0");
	must_put("/proc/sys/vm/overcommit_memory", "1");
	optional("/proc/sys/vm/compaction_proactiveness", "0");
	optional("/proc/sys/kernel/randomize_va_space", "0");
}

/* What the kernel counts */

static void tell_pages_of(const char *name)
{
	char label[64];
	static const char *const files[][2] = {
		{"vmstat", "/proc/vmstat"},
		{"zoneinfo", "/proc/zoneinfo"},
		{"meminfo", "/proc/meminfo"},
		{"diskstats", "/proc/diskstats"},
		{"slabinfo", "/proc/slabinfo"},
		{"swaps", "/proc/swaps"},
		{"mm_stat", ZRAM "mm_stat"},
		{"bd_stat", ZRAM "bd_stat"},
		{"memory.stat", "/sys/fs/cgroup/g/memory.stat"},
		{"memory.current", "/sys/fs/cgroup/g/memory.current"},
		{"memory.peak", "/sys/fs/cgroup/g/memory.peak"},
		{"memory.events", "/sys/fs/cgroup/g/memory.events"},
	};
	static const char *const zswap[] = {
		"stored_pages", "pool_total_size", "written_back_pages", "pool_limit_hit", "reject_reclaim_fail",
		"reject_compress_poor", "reject_compress_fail", "reject_alloc_fail", "stored_incompressible_pages",
	};

	optional("/proc/sys/vm/stat_refresh", "1");
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(label, sizeof(label), "%s.%s", name, files[i][0]);
		tell_file(label, files[i][1]);
	}
	fprintf(out, "lines %s.zswap\n", name);
	for (size_t i = 0; i < sizeof(zswap) / sizeof(*zswap); i++) {
		char path[100], *value;

		snprintf(path, sizeof(path), "/sys/kernel/debug/zswap/%s", zswap[i]);
		value = content(path);
		if (value)
			fprintf(out, "%s %s\n", zswap[i], value);
	}
	fputs(".\n", out);
	fflush(out);
}

/* Until nothing is swapped or written any more. */
static void settle(void)
{
	long long before = -1;

	for (int quiet = 0, looks = 0; quiet < QUIET_LOOKS; looks++) {
		long long now;

		if (looks == LOOKS_AT_MOST)
			fail("the kernel did not come to rest");
		nanosleep(&(struct timespec){0, 50 * MS}, NULL);
		now = in_list("/proc/vmstat", "pswpout") + in_list("/proc/vmstat", "zswpout") +
		      in_list("/proc/vmstat", "zswpwb") + in_list("/proc/vmstat", "pgscan_kswapd");
		quiet = now == before && !in_list("/proc/vmstat", "nr_writeback") ? quiet + 1 : 0;
		before = now;
	}
}

/* Page frames */

static void make_area(void)
{
	size_t size = head.pages * PAGE;
	volatile unsigned char sum = 0;

	/* Each table that it needs is its own: of no other mapping, and all of it. */
	area = mmap((void *)0x200000000000, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		fail("there is no room for %zu bytes: %s", size, strerror(errno));
	madvise(area, size, MADV_NOHUGEPAGE);
	/* A read of a page that was never written to maps the kernel's page of zeros, and makes the tables. */
	for (size_t at = 0; at < size; at += TABLE)
		sum += area[at];
}

static long long in_zones(const char *name)
{
	char *line, *rest, *whole = content("/proc/zoneinfo");
	long long sum = 0;

	for (line = strtok_r(whole, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		while (*line == ' ')
			line++;
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ' ')
			sum += atoll(line + strlen(name));
	}
	return sum;
}

/* Leave as many page frames free as asked for. */
static void take_the_rest(long frames)
{
	for (int round = 0; round < 20; round++) {
		long more;

		must_put("/proc/sys/vm/drop_caches", "3");
		nanosleep(&(struct timespec){0, 50 * MS}, NULL);
		more = in_zones("nr_free_pages") + in_zones("count:") - frames;
		if (more < 0 && !round)
			fail("the machine has no %ld free pages; give it more memory", frames);
		if (more <= 0)
			break;
		locked(more * PAGE);
	}
}

static void mount_cgroups(void)
{
	if (mount("cgroup", "/sys/fs/cgroup", "cgroup2", 0, NULL))
		fail("no cgroups: %s", strerror(errno));
}

static void enter_cgroup(const char *frames)
{
	char bytes[32];

	must_put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir("/sys/fs/cgroup/g", 0755);
	snprintf(bytes, sizeof(bytes), "%ld", atol(frames) * PAGE);
	must_put("/sys/fs/cgroup/g/memory.max", bytes);
	must_put("/proc/sys/vm/drop_caches", "3");
	tell_pages_of("before");
	must_put("/sys/fs/cgroup/g/cgroup.procs", "0");
}

/* The touches */

/*
 * The kernel chooses by list sizes that it sums up every 2 seconds only, of the cgroup or of all. These are many touches
 * here. Who reads memory.stat has it sum them up now: after each `often` touches.
 */
static void sum_up(const char *file, uint64_t touch, uint64_t often)
{
	static int fd = -1;
	static char some[16];

	if (!often || touch % often)
		return;
	if (fd < 0)
		fd = open(file, O_RDONLY);
	if (pread(fd, some, sizeof(some), 0) <= 0)
		fail("%s: %s", file, strerror(errno));
}

/*
 * MGLRU looks at the page tables of a program only if it was scheduled since the last time. This one would run on and
 * on where it waits for no disk: so it sleeps a moment after each `often` touches. An accessed bit that the kernel
 * clears is not set again while the CPU remembers the page: a change of so many pages has it forget them all.
 */
static void rest(uint64_t touch, uint64_t often)
{
	static unsigned char *scratch;

	if (!often || touch % often)
		return;
	if (!scratch)
		scratch = locked(SCRATCH);
	mprotect(scratch, SCRATCH, PROT_READ);
	mprotect(scratch, SCRATCH, PROT_READ | PROT_WRITE);
	nanosleep(&(struct timespec){0, 1}, NULL);
}

/* What has page frames at some moments, in the order of `sampled`. */
static long long samples[SAMPLES][SAMPLED];
static const char *const sampled[] = {
	"nr_free_pages", "nr_zspages", "nr_anon_pages", "nr_inactive_anon", "nr_active_anon",
};

static void sample(uint64_t touch)
{
	uint64_t each = head.touches / SAMPLES + 1;

	if (touch % each)
		return;
	optional("/proc/sys/vm/stat_refresh", "1");
	for (int i = 0; i < SAMPLED; i++)
		samples[touch / each][i] = in_list("/proc/vmstat", sampled[i]);
}

static void tell_samples(void)
{
	fputs("lines samples\n", out);
	for (int row = 0; row < SAMPLES; row++)
		for (int i = 0; i < SAMPLED; i++)
			fprintf(out, "%lld%c", samples[row][i], i < SAMPLED - 1 ? ' ' : '\n');
	fputs(".\n", out);
}

static void touch_all(const char *sums, uint64_t sum_up_every, uint64_t rest_every)
{
	uint64_t first = 0, behind_words = PAGE + padded(head.touches * sizeof(*words));

	for (uint64_t i = 0; i < head.touches; i++) {
		uint32_t number = words[i] & 0x7fffffff;
		unsigned char *page = area + number * PAGE;

		sum_up(sums, i, sum_up_every);
		rest(i, rest_every);
		sample(i);
		if (!seen[number]) {
			uint64_t place = first++ * PAGE % CONTENTS;

			if (!place)
				read_input(contents, CONTENTS, behind_words + (first - 1) * PAGE);
			seen[number] = 1;
			memcpy(page, contents + place, PAGE);
		} else if (words[i] >> 31) {
			*(volatile unsigned char *)page = *(volatile unsigned char *)page;
		} else {
			(void)*(volatile unsigned char *)page;
		}
	}
}

int main(void)
{
	cpu_set_t first;
	struct utsname name;
	const char *sums = "/sys/fs/cgroup/memory.stat";
	long frames;

	start_machine();
	if (mlockall(MCL_CURRENT))
		fail("mlockall: %s", strerror(errno));
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	frames = atol(asked("frames"));
	uname(&name);
	text("kernel_release", name.release);
	set_kernel();
	open_input();
	number("pages", head.pages);
	number("touches", head.touches);
	start_swap();
	make_area();
	mount_cgroups();
	if (!strcmp(asked("where"), "cgroup")) {
		sums = "/sys/fs/cgroup/g/memory.stat";
		enter_cgroup(asked("frames"));
	} else {
		take_the_rest(frames);
		tell_pages_of("before");
	}
	touch_all(sums, atol(asked("sum_up_every")), atol(asked("rest_every")));
	settle();
	tell_pages_of("after");
	tell_samples();
	fputs("done\n", out);
	turn_off();
	return 0;
}
