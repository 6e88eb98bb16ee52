/* click_class.h - the classes of a click and the reasons for them (CONTRACT: what is counted). */
#ifndef TRAFFIC_CLICK_CLASS_H
#define TRAFFIC_CLICK_CLASS_H
#include "core/base/slice.h"

/* In the order of decision: the first that holds wins. Name, letter in the store, value on disk. */
#define CLICK_CLASSES(X)                                                                           \
    X(PREVIEW, preview, 'p', 1)                                                                    \
    X(BOT, bot, 'b', 2)                                                                            \
    X(PREFETCH, prefetch, 'f', 3)                                                                  \
    X(DATACENTER, datacenter, 'd', 4)                                                              \
    X(DUPLICATE, duplicate, 'r', 5)                                                                \
    X(HUMAN, human, 'h', 6)

enum click_class {
#define CLICK_CLASS_VALUE(upper, name, letter, value) CLICK_##upper = value,
    CLICK_CLASSES(CLICK_CLASS_VALUE)
#undef CLICK_CLASS_VALUE
};
#define CLICK_CLASS_MAX 6

/* Why a click got its class: on disk by value (append only), outside by name. */
#define CLICK_REASONS(X)                                                                           \
    X(NONE, "", 0)                                                                                 \
    X(PREVIEW_AGENT, "preview-agent", 1)                                                           \
    X(BOT_AGENT, "bot-agent", 2)                                                                   \
    X(HTTP_LIBRARY, "http-library", 3)                                                             \
    X(NO_AGENT, "no-agent", 4)                                                                     \
    X(PREFETCH_HEADER, "prefetch-header", 5)                                                       \
    X(HOSTING_NETWORK, "hosting-network", 6)                                                       \
    X(REPEATED, "repeated", 7)                                                                     \
    X(MONITOR, "monitor", 8)

enum click_reason {
#define CLICK_REASON_VALUE(upper, name, value) CLICK_REASON_##upper = value,
    CLICK_REASONS(CLICK_REASON_VALUE)
#undef CLICK_REASON_VALUE
};

const char *click_class_name(enum click_class class);    /* "human"; "" when unknown */
char click_class_letter(enum click_class class);         /* 'h'; '?' when unknown */
int click_class_of_letter(char letter);                  /* 0 when unknown */
const char *click_reason_name(enum click_reason reason); /* "" when none or unknown */
#endif
