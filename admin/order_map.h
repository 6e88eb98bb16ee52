/* order_map.h - how a shop's own order export reads: which of its columns is which of our fields, how it writes
 * numbers and dates. Format: top of order_map.c. */
#ifndef ADMIN_ORDER_MAP_H
#define ADMIN_ORDER_MAP_H
#include "core/base/buffer.h"
#include "core/base/problem.h"
#include "core/ledger/zone.h"

#define ORDER_MAP_COLUMNS_MAX 4
#define ORDER_MAP_STATUSES_MAX 64
#define ORDER_MAP_TEXT_MAX 65536

/* Enumerator, name in the map and, but for `cancelled`, in the registry. */
#define ORDER_MAP_FIELDS(X)                                                                        \
    X(CAMPAIGN, "campaign")                                                                        \
    X(ORDER_ID, "order_id")                                                                        \
    X(TYPE, "type")                                                                                \
    X(AMOUNT, "amount")                                                                            \
    X(REFUNDED, "refunded")                                                                        \
    X(CURRENCY, "currency")                                                                        \
    X(CODE, "code")                                                                                \
    X(CLICK_ID, "click_id")                                                                        \
    X(OCCURRED, "occurred_at")                                                                     \
    X(STATUS, "status")                                                                            \
    X(CANCELLED, "cancelled")

enum map_field {
#define MAP_FIELD_NAME(upper, text) MAP_##upper,
    ORDER_MAP_FIELDS(MAP_FIELD_NAME)
#undef MAP_FIELD_NAME
        MAP_FIELD_COUNT
};

enum map_encoding { ENCODING_UTF_8, ENCODING_LATIN_1, ENCODING_WINDOWS_1252 };

struct map_rule { /* where a field's value comes from */
    bool is_there, is_optional;
    struct slice constant; /* or, empty: */
    struct slice columns[ORDER_MAP_COLUMNS_MAX];
    size_t column_count; /* the first of them that the file has */
    struct slice after; /* what stands before the value in the cell; empty: the cell is the value */
};

struct order_map { /* slices borrow from `text` */
    struct buffer text;
    enum map_encoding encoding;
    char decimal;          /* '.' or ','; 0: not said */
    struct slice date;     /* pattern; empty: RFC 3339 */
    struct slice timezone; /* of dates without an offset: a zone's name, or "campaign" */
    struct zone *zone;     /* of that name; NULL: none yet */
    struct map_rule rules[MAP_FIELD_COUNT];
    struct {
        struct slice theirs, ours;
    } statuses[ORDER_MAP_STATUSES_MAX];
    size_t status_count;
};

/* Reads the ready map of that name, or else the file. On failure *problem names the line, and there is nothing to
 * end; else ended with order_map_done(). */
CHECKED int order_map_open(struct order_map *ret_map, struct slice name, struct problem *problem);
void order_map_done(struct order_map *map);

/* The zone of its dates is that one, where the map says "campaign". */
CHECKED int order_map_set_zone(struct order_map *map, struct slice campaign_zone,
                               struct problem *problem);

const char *map_field_name(enum map_field field);

/* A ready map, compiled in. order_map_builtin.c */
bool order_map_builtin(struct slice name, struct slice *ret_text);
#endif
