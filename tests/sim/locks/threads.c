/*
 * Threads, each on a CPU of its own, that go round: free for a while, then they hold one lock for a while.
 *
 * threads KIND FREE_NS HOLD_NS RANDOM SLICE_US WANTED MOST CPU...
 *
 * KIND: none, ticket, mcs, mutex, read or write (of a lock with readers). RANDOM: 0 each time is as said, 1 free
 * times are exponential with that mean, 2 hold times are, too. One thread for each CPU. Slices of SLICE_US are run
 * until WANTED of them were quiet, or MOST have passed. A line for each, summed over the threads:
 * disturbances rounds contentions wait_ns nanoseconds
 *
 * A disturbance is that a thread lost its CPU, to another process or, which it sees only by the clock, to whatever runs
 * this machine as a guest; or that the threads did not begin together.
 *
 * A round begins when the last one's lock was given back; to draw a random time is part of being free. A wait is from
 * when a thread wants the lock to when it has it, and is longer than 0 without a lock, too: by one look at the clock.
 */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define LINE __attribute__((aligned(128)))
#define MOST_THREADS 256
#define WHOLE 0x100000
#define GAP_NS 10000 /* between two looks at the clock, or between the threads' beginnings: that is no coincidence */

struct waiter {
    _Atomic(struct waiter *) next;
    atomic_int waits;
} LINE;

static LINE atomic_uint next_ticket;
static LINE atomic_uint serving;
static LINE _Atomic(struct waiter *) last_waiter;
static LINE pthread_mutex_t mutex = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP; /* spins before it sleeps, as the kernel's */
static LINE atomic_int left = WHOLE; /* of the lock with readers: a reader takes 1, a writer all */
static LINE atomic_int ready;

static int threads, randomness;
static int64_t free_ns, hold_ns, slice_ns;

struct member {
    const struct kind *kind;
    int cpu;
    uint64_t random;
    struct waiter waiter;
    int64_t begin, disturbances, rounds, contentions, wait_ns, ns;
} LINE;

/* Takes the lock; 1 if somebody else had it. */
struct kind {
    const char *name;
    int (*lock)(struct member *);
    void (*unlock)(struct member *);
};

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void spin_until(struct member *member, int64_t end)
{
    int64_t last = now(), time;

    for (; last < end; last = time) {
        relax();
        time = now();
        member->disturbances += time - last > GAP_NS;
    }
}

static int lock_none(struct member *member)
{
    return 0;
}

static void unlock_none(struct member *member)
{
}

static int lock_ticket(struct member *member)
{
    unsigned mine = atomic_fetch_add_explicit(&next_ticket, 1, memory_order_acquire);
    int contended = 0;

    while (atomic_load_explicit(&serving, memory_order_acquire) != mine) {
        contended = 1;
        relax();
    }
    return contended;
}

static void unlock_ticket(struct member *member)
{
    unsigned mine = atomic_load_explicit(&serving, memory_order_relaxed);

    atomic_store_explicit(&serving, mine + 1, memory_order_release);
}

static int lock_mcs(struct member *member)
{
    struct waiter *mine = &member->waiter, *before;

    atomic_store_explicit(&mine->next, NULL, memory_order_relaxed);
    atomic_store_explicit(&mine->waits, 1, memory_order_relaxed);
    before = atomic_exchange_explicit(&last_waiter, mine, memory_order_acq_rel);
    if (!before)
        return 0;
    atomic_store_explicit(&before->next, mine, memory_order_release);
    while (atomic_load_explicit(&mine->waits, memory_order_acquire))
        relax();
    return 1;
}

static void unlock_mcs(struct member *member)
{
    struct waiter *mine = &member->waiter, *next = mine;

    if (!atomic_load_explicit(&mine->next, memory_order_acquire) &&
        atomic_compare_exchange_strong_explicit(&last_waiter, &next, NULL, memory_order_release, memory_order_relaxed))
        return;
    while (!(next = atomic_load_explicit(&mine->next, memory_order_acquire)))
        relax(); /* it has said that it comes, and not yet where it waits */
    atomic_store_explicit(&next->waits, 0, memory_order_release);
}

static int lock_mutex(struct member *member)
{
    if (!pthread_mutex_trylock(&mutex))
        return 0;
    pthread_mutex_lock(&mutex);
    return 1;
}

static void unlock_mutex(struct member *member)
{
    pthread_mutex_unlock(&mutex);
}

static int lock_share(int share)
{
    int contended = 0;

    while (atomic_fetch_sub_explicit(&left, share, memory_order_acquire) < share) {
        atomic_fetch_add_explicit(&left, share, memory_order_relaxed);
        contended = 1;
        while (atomic_load_explicit(&left, memory_order_relaxed) < share)
            relax();
    }
    return contended;
}

static int lock_read(struct member *member)
{
    return lock_share(1);
}

static int lock_write(struct member *member)
{
    return lock_share(WHOLE);
}

static void unlock_read(struct member *member)
{
    atomic_fetch_add_explicit(&left, 1, memory_order_release);
}

static void unlock_write(struct member *member)
{
    atomic_fetch_add_explicit(&left, WHOLE, memory_order_release);
}

static const struct kind kinds[] = {
    {"none", lock_none, unlock_none},       {"ticket", lock_ticket, unlock_ticket},
    {"mcs", lock_mcs, unlock_mcs},          {"mutex", lock_mutex, unlock_mutex},
    {"read", lock_read, unlock_read},       {"write", lock_write, unlock_write},
};

/* Exponential with this mean, by xorshift64. */
static int64_t drawn(struct member *member, int64_t mean)
{
    member->random ^= member->random << 13;
    member->random ^= member->random >> 7;
    member->random ^= member->random << 17;
    return (int64_t)(-log(((member->random >> 11) + 0.5) * 0x1p-53) * (double)mean);
}

static int64_t switches(void)
{
    struct rusage usage;

    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
}

static void *go_round(void *argument)
{
    struct member *member = argument;
    cpu_set_t mine;
    int64_t end, time;

    CPU_ZERO(&mine);
    CPU_SET(member->cpu, &mine);
    if (pthread_setaffinity_np(pthread_self(), sizeof(mine), &mine)) {
        fprintf(stderr, "CPU %d is not ours\n", member->cpu);
        exit(1);
    }
    atomic_fetch_add(&ready, 1);
    while (atomic_load(&ready) < threads)
        relax();
    member->disturbances = -switches();
    member->begin = time = now();
    end = time + slice_ns;
    while (time < end) {
        int64_t hold = randomness > 1 ? drawn(member, hold_ns) : hold_ns, wanted, had;

        spin_until(member, time + (randomness ? drawn(member, free_ns) : free_ns));
        wanted = now();
        member->contentions += member->kind->lock(member);
        had = now();
        spin_until(member, had + hold);
        member->kind->unlock(member);
        member->wait_ns += had - wanted;
        member->rounds++;
        time = now();
    }
    member->ns = time - member->begin;
    member->disturbances += switches();
    return NULL;
}

int main(int count, char **words)
{
    static struct member members[MOST_THREADS];
    static pthread_t handles[MOST_THREADS];
    const struct kind *kind = NULL;
    uint64_t seed = 0x9e3779b97f4a7c15;
    int quiet = 0, wanted, most, slice, number;

    threads = count - 8;
    if (threads < 1 || threads > MOST_THREADS) {
        fprintf(stderr, "threads KIND FREE_NS HOLD_NS RANDOM SLICE_US WANTED MOST CPU...\n");
        return 2;
    }
    for (number = 0; number < (int)(sizeof(kinds) / sizeof(*kinds)); number++)
        if (!strcmp(kinds[number].name, words[1]))
            kind = &kinds[number];
    if (!kind) {
        fprintf(stderr, "no lock is called %s\n", words[1]);
        return 2;
    }
    free_ns = atoll(words[2]);
    hold_ns = atoll(words[3]);
    randomness = atoi(words[4]);
    slice_ns = 1000 * atoll(words[5]);
    wanted = atoi(words[6]);
    most = atoi(words[7]);
    for (slice = 0; slice < most && quiet < wanted; slice++) {
        struct member all = {0};

        atomic_store(&ready, 0);
        for (number = 0; number < threads; number++) {
            members[number] = (struct member){.kind = kind, .cpu = atoi(words[8 + number])};
            members[number].random = seed += 0x9e3779b97f4a7c15;
            if (pthread_create(&handles[number], NULL, go_round, &members[number])) {
                fprintf(stderr, "a thread cannot be started\n");
                return 1;
            }
        }
        for (number = 0; number < threads; number++) {
            pthread_join(handles[number], NULL);
            all.disturbances += members[number].disturbances;
            all.disturbances += llabs(members[number].begin - members[0].begin) > GAP_NS;
            all.rounds += members[number].rounds;
            all.contentions += members[number].contentions;
            all.wait_ns += members[number].wait_ns;
            all.ns += members[number].ns;
        }
        quiet += !all.disturbances;
        printf("%lld %lld %lld %lld %lld\n", (long long)all.disturbances, (long long)all.rounds,
               (long long)all.contentions, (long long)all.wait_ns, (long long)all.ns);
    }
    return 0;
}
