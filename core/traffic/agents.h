/* agents.h - what a User-Agent says about its sender: person, bot or preview fetcher; device, system,
 * app. Patterns: our own data file, compiled in (agents.txt), replaceable at run time. File format: top
 * of agent_list.h; see docs/classification.md. */
#ifndef TRAFFIC_AGENTS_H
#define TRAFFIC_AGENTS_H
#include "core/traffic/click_class.h"

/* On disk by value: append only. Name outside, value. */
#define DEVICES(X)                                                                                 \
    X(unknown, 0)                                                                                  \
    X(phone, 1)                                                                                    \
    X(tablet, 2)                                                                                   \
    X(desktop, 3)                                                                                  \
    X(tv, 4)                                                                                       \
    X(console, 5)
#define SYSTEMS(X)                                                                                 \
    X(unknown, 0)                                                                                  \
    X(ios, 1)                                                                                      \
    X(android, 2)                                                                                  \
    X(windows, 3)                                                                                  \
    X(macos, 4)                                                                                    \
    X(linux, 5)                                                                                    \
    X(chromeos, 6)                                                                                 \
    X(other, 7)
#define APPS(X)                                                                                    \
    X(unknown, 0)                                                                                  \
    X(instagram, 1)                                                                                \
    X(tiktok, 2)                                                                                   \
    X(facebook, 3)                                                                                 \
    X(messenger, 4)                                                                                \
    X(whatsapp, 5)                                                                                 \
    X(snapchat, 6)                                                                                 \
    X(pinterest, 7)                                                                                \
    X(twitter, 8)                                                                                  \
    X(linkedin, 9)                                                                                 \
    X(telegram, 10)                                                                                \
    X(line, 11)                                                                                    \
    X(wechat, 12)                                                                                  \
    X(reddit, 13)                                                                                  \
    X(youtube, 14)                                                                                 \
    X(google, 15)                                                                                  \
    X(threads, 16)                                                                                 \
    X(discord, 17)                                                                                 \
    X(safari, 18)                                                                                  \
    X(chrome, 19)                                                                                  \
    X(firefox, 20)                                                                                 \
    X(edge, 21)                                                                                    \
    X(samsung, 22)                                                                                 \
    X(opera, 23)                                                                                   \
    X(other, 24)

struct agent {
    /* enum click_class: CLICK_PREVIEW, CLICK_BOT, or CLICK_HUMAN for "nothing said". */
    uint8_t class, reason;       /* enum click_reason */
    uint8_t device, system, app; /* of people only; 0 for others */
};

struct agents; /* compiled patterns, read-only: shared by threads; matching memory is per caller */
struct agent_matcher; /* one per thread: scratch memory and the memory of distinct strings seen */

/* Compiles the built-in patterns, or those of `file` when not NULL. JALON_IO, JALON_MALFORMED,
 * JALON_INVALID (a pattern matches a person's sample, one compiled in or one of the file); *ret_line,
 * when not NULL, is the line of the file at fault, 0 when it is no line's. JALON_NO_MEMORY. */
CHECKED int agents_open(struct agents **ret_agents, const char *file, unsigned *ret_line);
struct agents *agents_free(struct agents *agents); /* accepts NULL */

/* Remembers up to `memory_slots` distinct strings (rounded up to a power of two; 0 is none), at half a
 * kilobyte each. `agents` must outlive it. JALON_NO_MEMORY, JALON_IO (no randomness). */
CHECKED int agent_matcher_new(struct agent_matcher **ret_matcher, const struct agents *agents,
                              size_t memory_slots);
struct agent_matcher *agent_matcher_free(struct agent_matcher *matcher); /* accepts NULL */

/* Never fails: an agent that matches nothing is a person's. Only the first AGENT_BYTES_MAX bytes are
 * looked at. No allocation. */
#define AGENT_BYTES_MAX 1024
struct agent agent_classify(struct agent_matcher *matcher, struct slice user_agent);

const char *device_name(uint8_t device); /* "" when unknown, as the next two */
const char *system_name(uint8_t system);
const char *app_name(uint8_t app);
#endif
