#include "admin/options.h"
#include "admin/suggest.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>

#define FIRST_CODE 1000 /* above every character: getopt_long's code of row 0 */

static const char *const placeholders[] = {
    [FIELD_SLUG] = "SLUG",         [FIELD_NAME] = "NAME",
    [FIELD_TEXT] = "TEXT",         [FIELD_URL] = "URL",
    [FIELD_HOSTS] = "HOST",        [FIELD_TAGS] = "TAG,…",
    [FIELD_CHOICE] = "WORD",       [FIELD_COUNT] = "N",
    [FIELD_MONEY] = "AMOUNT",      [FIELD_PERCENT] = "PERCENT",
    [FIELD_DATE] = "DATE",         [FIELD_MOMENT] = "TIME",
    [FIELD_DURATION] = "DURATION", [FIELD_CURRENCY] = "CURRENCY",
    [FIELD_ZONE] = "ZONE",         [FIELD_CLICK_IDS] = "CLICK_ID",
};

void option_table_init(struct option_table *table)
{
    table->count = 0;
}

void option_table_add(struct option_table *table, const struct option_row *rows)
{
    for (; rows && rows->name; rows++) {
        assert(table->count < OPTIONS_MAX);
        table->rows[table->count++] = *rows;
    }
}

static void name_option(char ret_name[OPTION_NAME_MAX], const char *field)
{
    size_t i = 0;
    for (; field[i] && i < OPTION_NAME_MAX - 1; i++)
        ret_name[i] = field[i] == '_' ? '-' : field[i];
    ret_name[i] = '\0';
}

static bool is_option_for(const struct field *field, enum option_fields which)
{
    if (field->flags & (FIELD_IS_KEY | FIELD_MAPPED))
        return false;
    return which == FIELDS_FOR_ADD ? !(field->flags & FIELD_NO_OPTION)
                                   : !(field->flags & FIELD_FIXED);
}

static bool is_list(enum field_kind kind)
{
    return kind == FIELD_HOSTS || kind == FIELD_TAGS || kind == FIELD_CLICK_IDS;
}

void option_table_add_fields(struct option_table *table, const struct noun *noun,
                             enum option_fields which)
{
    if (which == FIELDS_NONE)
        return;
    for (size_t i = 0; i < noun->field_count; i++) {
        const struct field *field = &noun->fields[i];
        if (!is_option_for(field, which))
            continue;
        assert(table->count < OPTIONS_MAX);
        char *name = table->names[table->count];
        name_option(name, field->option ? field->option : field->name);
        table->rows[table->count++] = (struct option_row){
            .name = name,
            .kind = is_list(field->kind) ? OPTION_LIST : OPTION_VALUE,
            .placeholder = placeholders[field->kind],
            .help = field->help,
            .is_required = which == FIELDS_FOR_ADD && field->flags & FIELD_REQUIRED,
            .field = field,
        };
    }
}

const struct option_row *option_table_find(const struct option_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}

const struct option_row *option_table_find_field(const struct option_table *table,
                                                 struct slice field)
{
    for (size_t i = 0; i < table->count; i++) {
        char name[OPTION_NAME_MAX];
        const struct option_row *row = &table->rows[i];
        if (row->field && slice_is(field, row->field->name))
            return row;
        if (slice_to_string(name, sizeof name, field) == JALON_OK)
            name_option(name, name);
        else
            name[0] = '\0';
        if (!row->field && strcmp(row->name, name) == 0)
            return row;
    }
    return NULL;
}

static int refuse_unknown(const struct option_table *table, const char *text,
                          struct problem *problem)
{
    struct slice rest = slice_of_string(text);
    struct slice name = slice_take(&rest, '=');
    struct suggestion suggestion;
    suggestion_init(&suggestion, slice_from(name, 2));
    for (size_t i = 0; i < table->count; i++)
        suggestion_try(&suggestion, table->rows[i].name);
    if (suggestion.best)
        return problem_set(problem, PROBLEM_INVALID,
                           "there is no option %.*s here: did you mean --%s?", SLICE_ARG(name),
                           suggestion.best);
    return problem_set(problem, PROBLEM_INVALID,
                       "there is no option %.*s here: --help lists those there are",
                       SLICE_ARG(name));
}

int options_add(struct options *options, const struct option_row *row, const char *value,
                struct problem *problem)
{
    if (row->kind == OPTION_VALUE && options_has(options, row->name))
        return problem_set(problem, PROBLEM_INVALID, "--%s is given twice: give it once",
                           row->name);
    if (options->value_count == OPTION_VALUES_MAX)
        return problem_set(problem, PROBLEM_INVALID,
                           "there are more than %d options: use an import", OPTION_VALUES_MAX);
    options->values[options->value_count].row = row;
    options->values[options->value_count++].value = value;
    return JALON_OK;
}

static int add_argument(struct options *options, const char *argument, struct problem *problem)
{
    if (options->argument_count == ARGUMENTS_MAX)
        return problem_set(problem, PROBLEM_INVALID,
                           "there are more than %d arguments: use an import", ARGUMENTS_MAX);
    options->arguments[options->argument_count++] = argument;
    return JALON_OK;
}

static int take(struct options *options, const struct option_table *table, int code,
                const char *text, struct problem *problem)
{
    if (code == 1)
        return add_argument(options, optarg, problem);
    if (code == 'h')
        return options_add(options, option_table_find(table, "help"), NULL, problem);
    if (code >= FIRST_CODE)
        return options_add(options, &table->rows[code - FIRST_CODE], optarg, problem);
    if (code == ':')
        return problem_set(problem, PROBLEM_INVALID, "%s needs a value: write it after the option",
                           text);
    if (optopt >= FIRST_CODE)
        return problem_set(problem, PROBLEM_INVALID, "--%s takes no value: leave out \"=…\"",
                           table->rows[optopt - FIRST_CODE].name);
    if (optopt)
        return problem_set(problem, PROBLEM_INVALID,
                           "there is no option -%c: options are written out, as --help is", optopt);
    return refuse_unknown(table, text, problem);
}

static void fill_long_options(struct option *ret_rows, const struct option_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        ret_rows[i] = (struct option){
            .name = table->rows[i].name,
            .has_arg = table->rows[i].kind == OPTION_FLAG ? no_argument : required_argument,
            .val = FIRST_CODE + (int)i,
        };
    ret_rows[table->count] = (struct option){0};
}

int options_parse(struct options *options, const struct option_table *table, int argc, char **argv,
                  bool is_until_word, int *ret_next, struct problem *problem)
{
    struct option long_options[OPTIONS_MAX + 1];
    fill_long_options(long_options, table);
    /* "+": stop at the first word; "-": hand words over as they come, whatever POSIXLY_CORRECT says. */
    const char *letters = is_until_word ? "+:h" : "-:h";
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    int code;
    while ((code = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        int err = take(options, table, code, argv[optind - 1], problem);
        if (err)
            return err;
    }
    for (; !is_until_word && optind < argc; optind++) { /* those behind "--" */
        int err = add_argument(options, argv[optind], problem);
        if (err)
            return err;
    }
    *ret_next = optind;
    return JALON_OK;
}

int options_check_required(const struct options *options, const struct option_table *table,
                           struct problem *problem)
{
    int err = JALON_OK;
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = &table->rows[i];
        if (row->is_required && !options_has(options, row->name))
            err = problem_field(problem, row->field ? row->field->name : row->name,
                                "is missing: add --%s %s", row->name, row->placeholder);
    }
    return err;
}

bool options_has(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->value_count; i++)
        if (strcmp(options->values[i].row->name, name) == 0)
            return true;
    return false;
}

const char *options_value(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->value_count; i++)
        if (strcmp(options->values[i].row->name, name) == 0)
            return options->values[i].value;
    return NULL;
}

struct slice options_slice(const struct options *options, const char *name)
{
    return slice_of_string(options_value(options, name));
}

size_t options_list(const struct options *options, const char *name, struct slice *ret_values,
                    size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < options->value_count; i++)
        if (strcmp(options->values[i].row->name, name) == 0 && count < capacity)
            ret_values[count++] = slice_of_string(options->values[i].value);
    return count;
}
