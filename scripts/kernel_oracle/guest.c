/*
 * The only program of the machine that scripts/kernel-oracle boots: it is /init. It does one job with the pages
 * of /dev/vda, and tells what the kernel counted; guest.h says how. The job, on the kernel's command line:
 *
 *   kind=zswap compressor=lz4 zpool=zsmalloc max_pool_percent=1 accept_threshold_percent=90
 *   kind=zram  compressor=lz4 dictionary=/dictionary
 */

#include "guest.h"

#define LOADS_A_ROW 100 /* a row after each hundredth load, and after each store */
#define QUIET_LOOKS 3   /* the shrinker is still when so many looks in a row saw nothing move */
#define LOOKS_AT_MOST 20000

static unsigned char *pages, *first_bytes;
static long n_pages;

/* Small pages, each of our own: MADV_PAGEOUT is to have one at a time. */
static void read_pages(void)
{
	int fd = open_disk("/dev/vda", O_RDONLY);
	uint64_t size;
	long done = 0;

	if (ioctl(fd, BLKGETSIZE64, &size))
		fail("/dev/vda has no size: %s", strerror(errno));
	n_pages = size / PAGE;
	pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	first_bytes = malloc(n_pages);
	if (pages == MAP_FAILED || !first_bytes)
		fail("there is no memory for %ld pages", n_pages);
	madvise(pages, size, MADV_NOHUGEPAGE);
	while (done < (long)size) {
		ssize_t got = pread(fd, pages + done, size - done, done);

		if (got <= 0)
			fail("/dev/vda cannot be read: %s", strerror(errno));
		done += got;
	}
	for (long page = 0; page < n_pages; page++)
		first_bytes[page] = pages[page * PAGE];
	/* They are in memory twice now, and the kernel need not keep the disk's. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

static void tell_machine(const char *kind)
{
	struct utsname name;

	uname(&name);
	text("kind", kind);
	text("kernel_release", name.release);
	text("kernel_version", name.version);
	number("n_pages", n_pages);
	number("MemTotal_kB", in_list("/proc/meminfo", "MemTotal"));
}

/* Random numbers as in every measurement: xorshift64, always from the same state. */

static uint64_t state;

static void start_random(void)
{
	state = 88172645463325252ULL;
}

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* zswap */

#define PARAMETERS "/sys/module/zswap/parameters/"
#define COUNTERS "/sys/kernel/debug/zswap/"

static const char *const counters[] = {
	"stored_pages", "pool_pages", "same_filled_pages", "written_back_pages", "pool_limit_hit",
	"reject_reclaim_fail", "reject_compress_poor", "reject_compress_fail", "reject_alloc_fail",
	"reject_kmemcache_fail", "duplicate_entry", "decompress_fail", "stored_incompressible_pages",
};
enum { STORED, POOL_PAGES, SAME_FILLED, N_COUNTERS = sizeof(counters) / sizeof(*counters) };

static char files[N_COUNTERS][sizeof(COUNTERS) + 32]; /* "" for a counter that this kernel does not have */

static void find_counters(void)
{
	for (int i = 0; i < N_COUNTERS; i++) {
		const char *name = i == POOL_PAGES ? "pool_total_size" : counters[i];

		snprintf(files[i], sizeof(files[i]), COUNTERS "%s", name);
		if (access(files[i], F_OK))
			files[i][0] = 0;
	}
	if (!files[STORED][0] || !files[POOL_PAGES][0])
		fail("zswap's counters are not in " COUNTERS);
}

/* Opened each time: these files cannot be read twice. A counter that this kernel does not have is 0. */
static void look(long long *row)
{
	for (int i = 0; i < N_COUNTERS; i++) {
		char digits[32];
		ssize_t got;
		int fd;

		row[i] = 0;
		if (!files[i][0])
			continue;
		fd = open(files[i], O_RDONLY);
		got = read(fd, digits, sizeof(digits) - 1);
		if (got <= 0)
			fail("%s: %s", files[i], strerror(errno));
		close(fd);
		digits[got] = 0;
		row[i] = atoll(digits);
	}
	row[POOL_PAGES] /= PAGE;
}

/* All are told, but for the last, which came with 6.18. */
static int is_told(int i)
{
	return files[i][0] || i < N_COUNTERS - 1;
}

/* Whether a worker of the kernel's runs, or waits for a disk. */
static int workers_run(void)
{
	struct dirent *entry;
	DIR *processes = opendir("/proc");
	int found = 0;

	while (!found && (entry = readdir(processes))) {
		char path[300], line[256], *end;
		FILE *file;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fgets(line, sizeof(line), file) && strstr(line, "(kworker") && (end = strrchr(line, ')')))
			found = end[2] == 'R' || end[2] == 'D';
		fclose(file);
	}
	closedir(processes);
	return found;
}

/* Wait until nothing moves any more: no counter, no worker, no page on its way to the disk. */
static void settle(long long *row)
{
	long long before[N_COUNTERS];

	for (int quiet = 0, looks = 0; quiet < QUIET_LOOKS; looks++) {
		if (looks == LOOKS_AT_MOST)
			fail("the shrinker did not come to rest");
		memcpy(before, row, sizeof(before));
		nanosleep(&(struct timespec){0, 2 * MS}, NULL);
		look(row);
		quiet++;
		if (memcmp(before, row, sizeof(before)))
			quiet = 0;
		else if (quiet == QUIET_LOOKS && (workers_run() || in_list("/proc/vmstat", "nr_writeback")))
			quiet = 0;
	}
}

/* A store that only added a page: nothing was rejected, and nobody was woken. */
static int just_stored(const long long *before, const long long *after)
{
	for (int i = 0; i < N_COUNTERS - 1; i++)
		if (i != POOL_PAGES && i != SAME_FILLED && after[i] - before[i] != (i == STORED))
			return 0;
	return 1;
}

static long still_in_core(void)
{
	unsigned char *resident = malloc(n_pages);
	long count = 0;

	if (!resident || mincore(pages, n_pages * PAGE, resident))
		fail("mincore: %s", strerror(errno));
	for (long i = 0; i < n_pages; i++)
		count += resident[i] & 1;
	free(resident);
	return count;
}

static void tell_rows(const char *phase, const long *numbers, const long long *rows, long n_rows)
{
	fprintf(out, "lines %s\ni", phase);
	for (int i = 0; i < N_COUNTERS; i++)
		if (is_told(i))
			fprintf(out, ",%s", counters[i]);
	for (long row = 0; row < n_rows; row++) {
		fprintf(out, "\n%ld", numbers[row]);
		for (int i = 0; i < N_COUNTERS; i++)
			if (is_told(i))
				fprintf(out, ",%lld", rows[row * N_COUNTERS + i]);
	}
	fputs("\n.\n", out);
}

static void *table(long n_rows, size_t row_bytes)
{
	void *whole = malloc(n_rows * row_bytes);

	if (!whole)
		fail("there is no memory for a table of %ld rows", n_rows);
	return memset(whole, 0, n_rows * row_bytes); /* its memory is there before the first look */
}

static void tell_vmstat(const char *phase)
{
	static const char *const names[] = {"zswpin", "zswpout", "zswpwb", "pswpin", "pswpout"};
	char name[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(name, sizeof(name), "%s_vmstat.%s", phase, names[i]);
		number(name, in_list("/proc/vmstat", names[i]));
	}
}

/* Push the pages out one by one, in order. */
static void store(const char *phase)
{
	long *numbers = table(n_pages + 1, sizeof(*numbers));
	long long *rows = table(n_pages + 1, sizeof(*rows) * N_COUNTERS);
	char name[64];
	long settles = 0;

	numbers[0] = -1;
	look(rows);
	for (long i = 0; i < n_pages; i++) {
		long long *row = rows + (i + 1) * N_COUNTERS;

		numbers[i + 1] = i;
		if (madvise(pages + i * PAGE, PAGE, MADV_PAGEOUT))
			fail("MADV_PAGEOUT: %s", strerror(errno));
		look(row);
		if (!just_stored(row - N_COUNTERS, row)) {
			settle(row);
			settles++;
		}
	}
	snprintf(name, sizeof(name), "%s_settles", phase);
	number(name, settles);
	snprintf(name, sizeof(name), "%s_still_in_core", phase);
	number(name, still_in_core());
	tell_vmstat(phase);
	tell_rows(phase, numbers, rows, n_pages + 1);
	free(numbers);
	free(rows);
}

/* Write to each page, in `order` if there is one: a write fault each, which no read comes before. */
static void load(const char *phase, const long *order)
{
	long n_rows = 1, most = n_pages / LOADS_A_ROW + 2;
	long *numbers = table(most, sizeof(*numbers));
	long long *rows = table(most, sizeof(*rows) * N_COUNTERS);

	numbers[0] = -1;
	look(rows);
	for (long i = 0; i < n_pages; i++) {
		long page = order ? order[i] : i;

		*(volatile unsigned char *)(pages + page * PAGE) = first_bytes[page]; /* as it was */
		if ((i + 1) % LOADS_A_ROW && i + 1 != n_pages)
			continue;
		numbers[n_rows] = page;
		look(rows + n_rows++ * N_COUNTERS);
	}
	tell_rows(phase, numbers, rows, n_rows);
	free(numbers);
	free(rows);
}

/* Fisher-Yates, from the end. */
static long *random_order(void)
{
	long *order = table(n_pages, sizeof(*order));

	start_random();
	for (long i = 0; i < n_pages; i++)
		order[i] = i;
	for (long last = n_pages - 1; last > 0; last--) {
		long other = next_random() % (last + 1), kept = order[last];

		order[last] = order[other];
		order[other] = kept;
	}
	return order;
}

static void choose(const char *parameter, const char *value)
{
	char path[100];

	snprintf(path, sizeof(path), PARAMETERS "%s", parameter);
	if (put(path, value))
		fail("this kernel's zswap has no %s %s", parameter, value);
}

/* A kernel may take the name of what it does not have, and then use something else. */
static void must_have_chosen(const char *parameter)
{
	char path[100], *value;

	snprintf(path, sizeof(path), PARAMETERS "%s", parameter);
	value = content(path);
	if (value && strcmp(value, asked(parameter)))
		fail("this kernel's zswap has no %s %s; it took %s", parameter, asked(parameter), value);
}

static void tell_parameters(void)
{
	static const char *const names[] = {
		"enabled", "zpool", "compressor", "max_pool_percent", "accept_threshold_percent",
		"same_filled_pages_enabled", "non_same_filled_pages_enabled", "shrinker_enabled",
	};
	char path[100], *value;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), PARAMETERS "%s", names[i]);
		value = content(path);
		if (value)
			text(names[i], value);
	}
	text("page_cluster", content("/proc/sys/vm/page-cluster"));
}

static void zswap(void)
{
	long long baseline[N_COUNTERS];
	char name[64];

	if (access(PARAMETERS, F_OK))
		fail("this kernel has no zswap");
	if (!access(PARAMETERS "zpool", F_OK))
		choose("zpool", asked("zpool"));
	else if (strcmp(asked("zpool"), "zsmalloc"))
		fail("this kernel's zswap has no other pool than zsmalloc, and not %s", asked("zpool"));
	choose("compressor", asked("compressor"));
	choose("max_pool_percent", asked("max_pool_percent"));
	choose("accept_threshold_percent", asked("accept_threshold_percent"));
	choose("enabled", "Y");
	must_have_chosen("compressor");
	must_have_chosen("zpool");
	must_put("/proc/sys/vm/page-cluster", "0");
	close(open_disk("/dev/vdb", O_RDONLY));
	if (swapon("/dev/vdb", 0))
		fail("swapon /dev/vdb: %s", strerror(errno));
	find_counters();
	tell_parameters();
	look(baseline);
	for (int i = 0; i < N_COUNTERS; i++) {
		snprintf(name, sizeof(name), "baseline.%s", counters[i]);
		if (is_told(i))
			number(name, baseline[i]);
	}
	store("store1");
	load("load1", NULL);
	store("store2");
	load("load2", random_order());
}

/* zram */

#define ZRAM "/sys/block/zram0/"

static int device;

static void write_page(long page)
{
	if (pwrite(device, pages + page * PAGE, PAGE, page * PAGE) != PAGE)
		fail("zram does not take page %ld: %s", page, strerror(errno));
}

static void discard_page(long page)
{
	uint64_t range[2] = {page * PAGE, PAGE};

	if (ioctl(device, BLKDISCARD, range))
		fail("zram does not discard page %ld: %s", page, strerror(errno));
}

static void read_back(void)
{
	unsigned char *found = aligned_alloc(PAGE, PAGE);

	for (long page = 0; page < n_pages; page++)
		if (pread(device, found, PAGE, page * PAGE) != PAGE || memcmp(found, pages + page * PAGE, PAGE))
			fail("zram gave page %ld back as something else", page);
	free(found);
}

static void told_step(const char *sequence, const char *step)
{
	char name[100];

	snprintf(name, sizeof(name), "mm_stat.%s.%s", sequence, step);
	tell_file(name, ZRAM "mm_stat");
	snprintf(name, sizeof(name), "classes.%s.%s", sequence, step);
	tell_file(name, "/sys/kernel/debug/zsmalloc/zram0/classes");
}

static void fresh(const char *sequence)
{
	char size[32], parameters[64];

	if (device)
		close(device);
	must_put(ZRAM "reset", "1");
	if (put(ZRAM "comp_algorithm", asked("compressor")))
		fail("this kernel's zram has no compressor %s; it has %s", asked("compressor"),
		     content(ZRAM "comp_algorithm"));
	if (getenv("dictionary")) {
		snprintf(parameters, sizeof(parameters), "dict=%s", getenv("dictionary"));
		must_put(ZRAM "algorithm_params", parameters);
	}
	snprintf(size, sizeof(size), "%ld", n_pages * PAGE);
	must_put(ZRAM "disksize", size);
	device = open_disk("/dev/zram0", O_RDWR | O_DIRECT);
	told_step(sequence, "fresh");
}

static void write_all(const char *sequence)
{
	for (long page = 0; page < n_pages; page++)
		write_page(page);
	told_step(sequence, "written");
}

static void discard_every(long from, long step)
{
	for (long page = from; page < n_pages; page += step)
		discard_page(page);
}

static void compact(void)
{
	must_put(ZRAM "compact", "1");
}

/* Written, thinned out, compacted, written over; with mm_stat after each single first write. */
static void sequence_pvd(void)
{
	int statistics;
	char (*lines)[128] = table(n_pages, sizeof(*lines));

	fresh("PVD");
	statistics = open(ZRAM "mm_stat", O_RDONLY);
	for (long page = 0; page < n_pages; page++) {
		write_page(page);
		if (pread(statistics, lines[page], sizeof(*lines) - 1, 0) <= 0)
			fail("mm_stat: %s", strerror(errno));
	}
	close(statistics);
	told_step("PVD", "written");
	fputs("lines writes\n", out);
	for (long page = 0; page < n_pages; page++)
		fputs(lines[page], out);
	fputs(".\n", out);
	free(lines);
	read_back();
	told_step("PVD", "read_back_ok");
	discard_every(1, 2);
	told_step("PVD", "discard_odd");
	compact();
	told_step("PVD", "discard_odd_compact");
	discard_every(2, 4);
	told_step("PVD", "discard_3of4");
	compact();
	told_step("PVD", "discard_3of4_compact");
	for (long page = 0; page < n_pages; page++)
		write_page(page);
	told_step("PVD", "rewrite_all");
	compact();
	told_step("PVD", "rewrite_all_compact");
}

static void sequence_e(void)
{
	fresh("E");
	write_all("E");
	discard_every(1, 2);
	told_step("E", "discard_odd");
	discard_every(2, 4);
	told_step("E", "discard_3of4_nocompact");
	compact();
	told_step("E", "discard_3of4_then_compact");
}

/* Pages come and go at random. */
static void sequence_r(void)
{
	unsigned char *present = table(n_pages, 1);
	char name[64];

	memset(present, 1, n_pages);
	start_random();
	fresh("R");
	write_all("R");
	for (long i = 1; i <= 2 * n_pages; i++) {
		long page = next_random() % n_pages;

		if (present[page])
			discard_page(page);
		else
			write_page(page);
		present[page] ^= 1;
		if (n_pages > 1 && i % (n_pages / 2) == 0 && i / (n_pages / 2) <= 4) {
			snprintf(name, sizeof(name), "churn_%ld", i);
			told_step("R", name);
		}
	}
	compact();
	told_step("R", "churn_compact");
	free(present);
}

static void zram(void)
{
	if (access(ZRAM, F_OK))
		fail("this kernel has no zram");
	sequence_pvd();
	sequence_e();
	sequence_r();
}

int main(void)
{
	start_machine();
	read_pages();
	tell_machine(asked("kind"));
	if (!strcmp(asked("kind"), "zswap"))
		zswap();
	else
		zram();
	fputs("done\n", out);
	turn_off();
	return 0;
}
