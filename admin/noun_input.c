#include "admin/noun_input.h"
#include "admin/command.h"
#include "core/base/buffer.h"

#define VALUES_MAX (OPTIONS_MAX + 1)
#define LIST_TEXT_MAX (64 * 1024)

struct values { /* the fields that were given, as text */
    struct slice names[VALUES_MAX], texts[VALUES_MAX];
    size_t count;
    struct buffer lists[OPTIONS_MAX]; /* the joined values of list options */
    size_t list_count;
};

static void values_done(struct values *values)
{
    for (size_t i = 0; i < values->list_count; i++)
        buffer_done(&values->lists[i]);
}

/* --allow-host a --allow-host b: "a,b", as a CSV cell has it. */
static int join(struct values *values, const struct options *options, const char *name,
                struct slice *ret_text)
{
    struct slice given[OPTION_VALUES_MAX];
    size_t count = options_list(options, name, given, OPTION_VALUES_MAX);
    struct buffer *text = &values->lists[values->list_count++];
    buffer_init(text, LIST_TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        buffer_append_string(text, i ? "," : "");
        buffer_append(text, given[i]);
    }
    *ret_text = buffer_slice(text);
    return buffer_error(text);
}

static bool is_seen(const struct values *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++)
        if (slice_is(values->names[i], name))
            return true;
    return false;
}

static int collect(struct values *values, struct session *session)
{
    const struct options *options = session->options;
    for (size_t i = 0; i < options->value_count; i++) {
        const struct option_row *row = options->values[i].row;
        if (!row->field || is_seen(values, row->field->name))
            continue;
        struct slice text = slice_of_string(options->values[i].value);
        int err = row->kind == OPTION_LIST ? join(values, options, row->name, &text) : JALON_OK;
        if (err)
            return session_usage(session, "--%s is longer than allowed", row->name);
        values->names[values->count] = slice_of_string(row->field->name);
        values->texts[values->count++] = text;
    }
    return JALON_OK;
}

static void add_key(struct values *values, const struct session *session)
{
    const char *key = session->command->key;
    if (!key || is_seen(values, key) || session->options->argument_count == 0)
        return;
    values->names[values->count] = slice_of_string(key);
    values->texts[values->count++] = session_argument(session, 0);
}

/* noun_from_text() takes an empty text for an absent field: here it was meant. */
static int put_nulls(const struct values *values, json_t *input)
{
    for (size_t i = 0; i < values->count; i++)
        if (values->texts[i].size == 0 &&
            json_object_setn_new(input, values->names[i].data, values->names[i].size, json_null()))
            return JALON_NO_MEMORY;
    return JALON_OK;
}

static int refuse_empty(struct session *session, const struct values *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (values->texts[i].size == 0) {
            session->is_usage = true;
            char name[64];
            if (slice_to_string(name, sizeof name, values->names[i]))
                return JALON_INVALID;
            return problem_field(&session->problem, name,
                                 "is empty: give it a value, or leave it out");
        }
    return JALON_OK;
}

/* What is wrong without a look at the store is the command line's; ends `input` then. */
static int check_input(struct session *session, const struct values *values, json_t *input)
{
    const struct noun *noun = command_record(session->command);
    json_t *clean;
    int err = JALON_OK;
    if (session->command->fields == FIELDS_FOR_SET)
        err = put_nulls(values, input);
    if (!err)
        err = session->command->fields == FIELDS_FOR_SET
                  ? noun_check_changes(noun, input, &clean, &session->problem)
                  : noun_check(noun, input, &clean, &session->problem);
    json_decref(err ? input : clean);
    return err;
}

static int make_input(struct session *session, const struct values *values, json_t **ret_input)
{
    bool is_set = session->command->fields == FIELDS_FOR_SET;
    if (is_set && values->count == 0)
        return session_usage(session, "nothing is to be changed: name a field, see --help");
    int err = is_set ? JALON_OK : refuse_empty(session, values);
    if (err)
        return err;
    json_t *input;
    err = noun_from_text(command_record(session->command), values->names, values->texts,
                         values->count, &input, &session->problem);
    if (!err)
        err = check_input(session, values, input);
    if (err) {
        session->is_usage = err != JALON_NO_MEMORY;
        return session_fail(session, err, NULL);
    }
    *ret_input = input;
    return JALON_OK;
}

int noun_input(struct session *session, json_t **ret_input)
{
    struct values values = {.count = 0};
    int err = collect(&values, session);
    if (!err) {
        add_key(&values, session);
        err = make_input(session, &values, ret_input);
    }
    values_done(&values);
    return err;
}
