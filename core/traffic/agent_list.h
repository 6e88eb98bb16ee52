/* agent_list.h - the file of agent patterns, as rows.
 *
 *     # comment
 *     preview PATTERN          fetches a link to show it: preview
 *     inapp   APP PATTERN      a browser inside an app: a person, whatever else stands there
 *     monitor PATTERN          asks whether a site is up: bot
 *     library PATTERN          a program's HTTP library: bot
 *     bot     PATTERN          any other machine: bot
 *     device  DEVICE PATTERN
 *     system  SYSTEM PATTERN
 *     app     APP PATTERN      a browser or an app
 *     person  USER-AGENT       a sample: no preview, monitor, library or bot pattern may match it
 *
 * One row a line, its fields separated by spaces. A PATTERN is a PCRE2 regular expression that
 * reaches to the end of the line; upper and lower case are alike; back-references, (*VERBS), \Q…\E,
 * (?#comments) and options for the rest of the pattern, as (?-i), are refused. The
 * kinds are asked in the order above, and within one kind that names something the first row that
 * matches names it. The names are those of agents.h. */
#ifndef TRAFFIC_AGENT_LIST_H
#define TRAFFIC_AGENT_LIST_H
#include "core/base/slice.h"

/* Word in the file, and whether a name follows it. In the order in which they are asked. */
#define AGENT_KINDS(X)                                                                             \
    X(PREVIEW, "preview", false)                                                                   \
    X(INAPP, "inapp", true)                                                                        \
    X(MONITOR, "monitor", false)                                                                   \
    X(LIBRARY, "library", false)                                                                   \
    X(BOT, "bot", false)                                                                           \
    X(DEVICE, "device", true)                                                                      \
    X(SYSTEM, "system", true)                                                                      \
    X(APP, "app", true)                                                                            \
    X(PERSON, "person", false)

enum agent_kind {
#define AGENT_KIND_VALUE(upper, word, is_named) AGENT_##upper,
    AGENT_KINDS(AGENT_KIND_VALUE)
#undef AGENT_KIND_VALUE
        AGENT_KIND_COUNT
};

bool agent_kind_is_named(enum agent_kind kind);

struct agent_row {
    enum agent_kind kind;
    uint8_t value;     /* of a kind that is named: which */
    unsigned line;     /* from 1 */
    struct slice text; /* the pattern or sample: a slice of the file's text */
};

struct agent_list { /* heap; {0} is empty */
    struct agent_row *rows;
    size_t count, capacity;
};

/* JALON_MALFORMED (*ret_line is the line), JALON_NO_MEMORY. The rows point into `text`. */
CHECKED int agent_list_parse(struct agent_list *ret_list, struct slice text, unsigned *ret_line);
void agent_list_done(struct agent_list *list);
#endif
