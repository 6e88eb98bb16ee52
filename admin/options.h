/* options.h - the options of a command: rows written by hand and rows made from a noun's fields, one table that
 * drives parsing, help and the docs check; and what a user gave. */
#ifndef ADMIN_OPTIONS_H
#define ADMIN_OPTIONS_H
#include "core/base/problem.h"
#include "core/registry/noun.h"

#define OPTIONS_MAX 48
#define OPTION_NAME_MAX 40
#define OPTION_VALUES_MAX 256
#define ARGUMENTS_MAX 64

enum option_kind {
    OPTION_FLAG,  /* no value */
    OPTION_VALUE, /* at most once */
    OPTION_LIST   /* may repeat */
};

struct option_row {
    const char *name; /* without the dashes; NULL ends a table */
    enum option_kind kind;
    const char *placeholder; /* of the value, for help */
    const char *help;
    bool is_required;
    const struct field *field; /* that it was made from, or NULL */
};

enum option_fields { FIELDS_NONE, FIELDS_FOR_ADD, FIELDS_FOR_SET };

struct option_table {
    size_t count;
    struct option_row rows[OPTIONS_MAX];
    char names[OPTIONS_MAX][OPTION_NAME_MAX]; /* of those made from fields */
};

void option_table_init(struct option_table *table);
void option_table_add(struct option_table *table, const struct option_row *rows);
/* Those fields of the noun that `add` or `set` takes as options: "click_param" becomes --click-param. */
void option_table_add_fields(struct option_table *table, const struct noun *noun,
                             enum option_fields which);
const struct option_row *option_table_find(const struct option_table *table, const char *name);
/* The option for a field of that name ("click_param": the row of --click-param), or NULL. */
const struct option_row *option_table_find_field(const struct option_table *table,
                                                 struct slice field);

struct options { /* borrow from argv and the table */
    size_t value_count, argument_count;
    struct {
        const struct option_row *row;
        const char *value; /* NULL for a flag */
    } values[OPTION_VALUES_MAX];
    const char *arguments[ARGUMENTS_MAX];
};

/* Reads argv[1…] into *options, adding to what is there. is_until_word: stops before the first word that is
 * no option; *ret_next is the index of what was not read. JALON_INVALID with *problem. Not thread-safe
 * (getopt_long). */
CHECKED int options_parse(struct options *options, const struct option_table *table, int argc,
                          char **argv, bool is_until_word, int *ret_next, struct problem *problem);
/* Each required option that is missing becomes a field of *problem. */
CHECKED int options_check_required(const struct options *options, const struct option_table *table,
                                   struct problem *problem);
/* As if `row` had been given with `value`. JALON_INVALID: it was, already. */
CHECKED int options_add(struct options *options, const struct option_row *row, const char *value,
                        struct problem *problem);

bool options_has(const struct options *options, const char *name);
const char *options_value(const struct options *options, const char *name);  /* NULL: not given */
struct slice options_slice(const struct options *options, const char *name); /* empty: not given */
/* The values of a list option, at most `capacity`; how many there are. */
size_t options_list(const struct options *options, const char *name, struct slice *ret_values,
                    size_t capacity);
#endif
