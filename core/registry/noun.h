/* noun.h - the fields of each noun, a row each: parser of JSON, of CSV and of command-line text, help and docs. */
#ifndef REGISTRY_NOUN_H
#define REGISTRY_NOUN_H
#include "core/base/problem.h"

#include <jansson.h>

enum field_kind {
    FIELD_SLUG,  /* 1-64 of [a-z0-9-], starting with a letter or digit */
    FIELD_NAME,  /* 1-`max` of [A-Za-z0-9_-] */
    FIELD_TEXT,  /* UTF-8 without controls, 1-`max` bytes */
    FIELD_URL,   /* absolute http(s) URL */
    FIELD_HOSTS, /* list of host names, "*." allowed; text: separated by commas */
    FIELD_TAGS, /* list of short texts, each one of `choices` where given; text: separated by , or ; */
    FIELD_CHOICE,    /* one of `choices` */
    FIELD_COUNT,     /* integer from 0 to `max` */
    FIELD_MONEY,     /* decimal string in the campaign's currency */
    FIELD_PERCENT,   /* "8%" */
    FIELD_DATE,      /* YYYY-MM-DD */
    FIELD_MOMENT,    /* RFC 3339 */
    FIELD_DURATION,  /* "30d", "12h", "10s" */
    FIELD_CURRENCY,  /* ISO 4217 */
    FIELD_ZONE,      /* IANA time zone */
    FIELD_CLICK_IDS, /* a click id or a list, oldest first; text: separated by commas or spaces */
    FIELD_KINDS
};

#define ORDER_CLICKS_MAX 100 /* click ids that an order may come with */

enum field_flags {
    FIELD_REQUIRED = 1,
    FIELD_FIXED = 2,      /* can't be changed once it is there */
    FIELD_IS_KEY = 4,     /* the thing's own name: positional on the command line */
    FIELD_COLUMN = 8,     /* of its import file */
    FIELD_NO_OPTION = 16, /* not settable through `add` */
    FIELD_NOT_EMPTY = 32, /* text that is no absent one when it is empty */
    FIELD_MAPPED = 64     /* only ever of a foreign file that a map reads: no option, no column */
};

/* A conversion's fields by their place in its table, for who reads a million of them. */
enum order_field {
    ORDER_FIELD_CAMPAIGN,
    ORDER_FIELD_ID,
    ORDER_FIELD_TYPE,
    ORDER_FIELD_AMOUNT,
    ORDER_FIELD_CURRENCY,
    ORDER_FIELD_CLICK_IDS,
    ORDER_FIELD_CODE,
    ORDER_FIELD_OCCURRED_AT,
    ORDER_FIELD_STATUS,
    ORDER_FIELD_REFUNDED
};

struct field {
    const char *name; /* JSON and CSV; the option is `option`, or the same with '-' for '_' */
    enum field_kind kind;
    unsigned flags;
    const char *fallback; /* value when absent; NULL: none */
    const char *choices;  /* "a|b|c" */
    uint64_t max;
    const char *help;
    const char *option; /* NULL: as the name */
};

struct noun {
    const char *
        name; /* "campaign", "creator", "link", "code", "rotation", "cost", "post", "conversion", "refund", "token" */
    const struct field *fields;
    size_t field_count;
};

const struct noun *noun_find(struct slice name); /* NULL when there is none */
const struct noun *noun_at(size_t index);        /* NULL past the last */
const struct field *noun_field(const struct noun *noun, struct slice name);

/* Turns text values (options, CSV cells; names[i] with values[i]; an empty value is absent) into the JSON
 * object that the registry takes: typed by the table, not yet checked against the store. */
CHECKED int noun_from_text(const struct noun *noun, const struct slice *names,
                           const struct slice *values, size_t count, json_t **ret_input,
                           struct problem *problem);

/* Checks a JSON object against the table: no unknown member, none missing that is required, each of its
 * kind. *ret_clean, a new object, has each value in its one spelling, and the fallbacks; null is absent, and so is an
 * empty string of a text, without FIELD_NOT_EMPTY, and of a list. */
CHECKED int noun_check(const struct noun *noun, const json_t *input, json_t **ret_clean,
                       struct problem *problem);
/* The same for changes of a stored thing: nothing is required, null (kept in *ret_clean) takes an optional
 * value away, and fields that are fixed must be left out. */
CHECKED int noun_check_changes(const struct noun *noun, const json_t *changes, json_t **ret_clean,
                               struct problem *problem);
#endif
