/* export.h - rows streamed to standard output as CSV or as JSON, an object a line: bounded memory whatever the range. */
#ifndef ADMIN_EXPORT_H
#define ADMIN_EXPORT_H
#include "admin/progress.h"
#include "admin/session.h"
#include "core/base/buffer.h"

enum export_kind {
    EXPORT_TEXT,   /* JSON: a string; null when empty */
    EXPORT_NUMBER, /* JSON: as it is; null when empty */
    EXPORT_LIST    /* separated by spaces; JSON: a list */
};

struct export_column {
    const char *name;
    enum export_kind kind;
    bool is_wide; /* only with --wide; these are the last */
};

#define EXPORT_COLUMNS_MAX 16

struct export
{
    struct session *session;
    const struct export_column *columns;
    size_t column_count;
    bool is_json, is_wide;
    struct slice campaigns[OPTION_VALUES_MAX]; /* none: all */
    size_t campaign_count;
    bool has_from, has_to;
    int64_t from_ms, to_ms; /* from <= t < to */
    struct buffer out;
    struct buffer labels; /* of JSON: "NAME": of each column, and where each ends */
    size_t label_ends[EXPORT_COLUMNS_MAX];
    struct progress progress;
};

/* Reads the options, and prints CSV's header; `things`: what a row is, "clicks". Ended with export_done(), on failure too. */
CHECKED int export_start(struct export *export, struct session *session, const char *things,
                         const struct export_column *columns, size_t column_count);
CHECKED int export_row(struct export *export, const struct slice *values);
CHECKED int export_end(struct export *export); /* prints what is left */
void export_done(struct export *export);

/* Each campaign that is exported, as the registry shows it. */
CHECKED int export_each_campaign(struct export *export, thing_visit *visit, void *context);
bool export_wants_campaign(const struct export *export, struct slice campaign);
#endif
