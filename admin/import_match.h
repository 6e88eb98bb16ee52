/* import_match.h - what an import of orders matched: by click, by code, by both, what it could not and why. */
#ifndef ADMIN_IMPORT_MATCH_H
#define ADMIN_IMPORT_MATCH_H
#include "admin/import.h"
#include "core/base/buffer.h"

#define MATCH_REASONS_MAX 12
#define MATCH_LINES_MAX 10
#define MATCH_KNOWN_MAX 5

struct import_match {
    struct import *import;
    size_t row; /* of the import, that is visited next */
    size_t click, code, both, mixed, unattributed, known;
    size_t different; /* of the known: what is recorded says otherwise */
    struct {
        char name[40];
        size_t count;
    } reasons[MATCH_REASONS_MAX];
    size_t reason_count;
    struct buffer lines;     /* the first few that were not matched, each with its words */
    struct buffer known_ids; /* the first few that were known */
    size_t line_count;
};

/* Reads the imported orders as they are recorded now; `different` of them differ from that. Ended with
 * import_match_done(), also after a failure. */
CHECKED int import_match_read(struct import_match *ret_match, struct import *import,
                              size_t different);
void import_match_done(struct import_match *match);

CHECKED int import_match_print(const struct import_match *match);
/* The same as members of the result: by_click and so on, unattributed, a list of reasons with their counts, and
 * different. */
CHECKED int import_match_put(const struct import_match *match, json_t *result);
#endif
