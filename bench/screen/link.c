/* A line between two network namespaces with the rate, delay, jitter, loss and buffer it is told.
 *
 *     link NAMESPACE SEED  UP...  DOWN...      where UP and DOWN are: kbit/s  ms  jitter-ms  loss-ppm  buffer-ms
 *
 * It stands between two TUN interfaces: `dev0` here and `view0` in the namespace whose file is named. Whole IP
 * packets pass, so TCP repeats what is lost as ever, and datagrams are treated alike. A packet that finds more than
 * buffer-ms of others waiting is dropped; the rest leave one after the other at the rate, travel for the delay
 * plus or minus the jitter without overtaking, and of them the lost ones never arrive. Chance comes from the seed.
 *
 * It says "ready", then answers each line of its input with one of its own, and ends with its input:
 *     silence MS    drop everything in both directions from now on for so long
 *     count         six numbers: packets that passed, overflowed and were lost, up and then down
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { PLACES = 16384, LONGEST = 2048, AT_ONCE = 32, FRAMING = 14 };
static const int64_t MS = 1000000, FAR = INT64_MAX;

struct packet {
    int64_t due;
    size_t size;
    uint8_t bytes[LONGEST];
};

struct way {
    int from, to;
    double ns_per_byte, loss;
    int64_t delay, jitter, buffer;
    int64_t free_at, last_due;
    struct packet *ring;
    size_t first, waiting;
    unsigned long passed, overflowed, lost;
};

static struct way ways[2];
static uint64_t chance;
static int64_t silent_until;

static int64_t now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000 * MS + at.tv_nsec;
}

static double draw(void) /* 0 <= n < 1, by splitmix64 */
{
    uint64_t mixed = (chance += 0x9E3779B97F4A7C15ull);
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ull;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBull;
    return (double)((mixed ^ (mixed >> 31)) >> 11) / 9007199254740992.0;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int tun(const char *name)
{
    struct ifreq asked = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int opened = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (opened < 0) fail("/dev/net/tun");
    strncpy(asked.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(opened, TUNSETIFF, &asked) < 0) fail(name);
    return opened;
}

static void prepare(struct way *way, int from, int to, char **given)
{
    *way = (struct way){.from = from, .to = to};
    way->ns_per_byte = 8e6 / atof(given[0]);
    way->delay = (int64_t)(atof(given[1]) * MS);
    way->jitter = (int64_t)(atof(given[2]) * MS);
    way->loss = atof(given[3]) / 1e6;
    way->buffer = (int64_t)(atof(given[4]) * MS);
    way->ring = calloc(PLACES, sizeof *way->ring);
    if (way->ring == NULL) fail("memory");
}

static int64_t due_of(struct way *way)
{
    int64_t due = way->free_at + way->delay;
    if (way->jitter > 0) due += (int64_t)((2 * draw() - 1) * (double)way->jitter);
    return due > way->last_due ? due : way->last_due;
}

static void accept_packets(struct way *way, int64_t at)
{
    for (int taken = 0; taken < AT_ONCE; taken++) {
        struct packet *place = &way->ring[(way->first + way->waiting) % PLACES];
        ssize_t size = read(way->from, place->bytes, LONGEST);
        if (size <= 0) return;
        if (at < silent_until) continue;
        if (way->free_at < at) way->free_at = at;
        if (way->free_at - at > way->buffer || way->waiting == PLACES - 1) {
            way->overflowed++;
            continue;
        }
        way->free_at += (int64_t)((double)(size + FRAMING) * way->ns_per_byte);
        if (draw() < way->loss) {
            way->lost++;
            continue;
        }
        place->size = (size_t)size;
        place->due = way->last_due = due_of(way);
        way->waiting++;
    }
}

static int64_t deliver(struct way *way, int64_t at) /* the moment at which the next one is due */
{
    while (way->waiting > 0) {
        struct packet *packet = &way->ring[way->first];
        if (packet->due > at) return packet->due;
        if (at >= silent_until && write(way->to, packet->bytes, packet->size) > 0) way->passed++;
        way->first = (way->first + 1) % PLACES;
        way->waiting--;
    }
    return FAR;
}

static void obey(void)
{
    char line[64];
    if (fgets(line, sizeof line, stdin) == NULL) exit(0);
    if (strncmp(line, "silence ", 8) == 0) {
        silent_until = now() + (int64_t)(atof(line + 8) * MS);
        puts("silent");
    } else {
        for (int i = 0; i < 2; i++)
            printf("%lu %lu %lu%c", ways[i].passed, ways[i].overflowed, ways[i].lost, i ? '\n' : ' ');
    }
}

int main(int count, char **given)
{
    if (count != 13) {
        fputs("usage: link NAMESPACE SEED UP(5) DOWN(5)\n", stderr);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, 9);
    prctl(PR_SET_TIMERSLACK, 20000ul);
    /* A line does not slow down because the computers at its ends are busy. Where that is not allowed it may. */
    sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 1});
    setvbuf(stdin, NULL, _IONBF, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    chance = strtoull(given[2], NULL, 10);
    int device = tun("dev0");
    int there = open(given[1], O_RDONLY | O_CLOEXEC);
    if (there < 0 || setns(there, CLONE_NEWNET) < 0) fail(given[1]);
    int viewer = tun("view0");
    prepare(&ways[0], device, viewer, given + 3);
    prepare(&ways[1], viewer, device, given + 8);
    puts("ready");
    for (;;) {
        int64_t at = now(), next = at + 1000 * MS;
        for (int i = 0; i < 2; i++) {
            int64_t due = deliver(&ways[i], at);
            if (due < next) next = due;
        }
        struct pollfd lines[3] = {{device, POLLIN, 0}, {viewer, POLLIN, 0}, {0, POLLIN, 0}};
        int64_t left = next > at ? next - at : 0;
        struct timespec wait = {left / (1000 * MS), left % (1000 * MS)};
        if (ppoll(lines, 3, &wait, NULL) < 0) continue;
        at = now();
        for (int i = 0; i < 2; i++)
            if (lines[i].revents & POLLIN) accept_packets(&ways[i], at);
        if (lines[2].revents) obey();
    }
}
