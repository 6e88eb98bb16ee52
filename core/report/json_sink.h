/* json_sink.h - a report as the JSON of the contract, for the API and for `jalon report --format json`. */
#ifndef REPORT_JSON_SINK_H
#define REPORT_JSON_SINK_H
#include "core/base/buffer.h"
#include "core/report/sink.h"

typedef int json_write(struct buffer *out); /* writes what there is, and clears it */

struct json_sink {
    struct report_sink sink; /* first: a sink is one */
    struct buffer *out;      /* the caller's */
    json_write *write;       /* NULL: the caller takes all at the end */
    const struct report_heading *heading;
    bool has_rows;
};

/* One line, ended with a newline. JALON_FULL or JALON_NO_MEMORY from the sink when `out` does not take it. With `write`, `out` is
 * written whenever some rows are in it, so that it stays small, and its end is left to the caller; what `write` returns ends the
 * report. Rows come when all is read, so that what fails on the way has written nothing. */
void json_sink_init(struct json_sink *sink, struct buffer *out, json_write *write);

/* A cell as a JSON value. Numbers don't depend on the locale. */
void json_append_cell(struct buffer *out, const struct cell *cell);
#endif
