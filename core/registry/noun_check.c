#include "core/registry/field.h"

static int out_of_memory(struct problem *problem)
{
    return problem_from_error(problem, JALON_NO_MEMORY);
}

/* A name of the sender's choosing, shown if it can be: a pointer is cut to fit. */
static void name_unknown(const struct noun *noun, struct slice name, struct problem *problem)
{
    char shown[64] = "";
    struct slice cut = slice_first(name, sizeof shown - 1);
    if (cut.size && !text_has_control(name))
        memcpy(shown, cut.data, cut.size);
    (void)problem_field(problem, shown, "there is no such field of a %s: leave it out", noun->name);
}

static int take_text(struct noun_values *values, struct slice name, struct slice text,
                     struct problem *problem)
{
    const struct field *field = noun_field(values->noun, name);
    const char *why = NULL;
    if (!field) {
        name_unknown(values->noun, name, problem);
        return JALON_OK;
    }
    int err = JALON_OK;
    if (noun_value_of(values, field)->kind != VALUE_ABSENT)
        why = "it is given twice: give it once";
    else
        err = noun_values_put_text(values, field, text, &why);
    if (err == JALON_NO_MEMORY)
        return out_of_memory(problem);
    if (why && *why)
        (void)problem_field(problem, field->name, "%s", why); /* looked at when all were read */
    return JALON_OK;
}

int noun_from_text(const struct noun *noun, const struct slice *names, const struct slice *texts,
                   size_t count, json_t **ret_input, struct problem *problem)
{
    struct noun_values values;
    int err = JALON_OK;
    noun_values_init(&values, noun);
    for (size_t i = 0; i < count && !err; i++)
        if (texts[i].size)
            err = take_text(&values, names[i], texts[i], problem);
    if (!err && problem->kind != PROBLEM_NONE)
        err = JALON_INVALID;
    if (!err && noun_values_json(&values, ret_input))
        err = out_of_memory(problem);
    noun_values_done(&values);
    return err;
}

/* Its value is checked; what is wrong is named in the problem, and the other fields are looked at too. */
static int take_checked(struct noun_values *values, const struct field *field,
                        struct problem *problem)
{
    return field_check(field, values, problem) == JALON_NO_MEMORY ? out_of_memory(problem)
                                                                  : JALON_OK;
}

static struct noun_value fallback_of(const struct field *field, enum value_kind otherwise)
{
    if (!field->fallback)
        return (struct noun_value){.kind = otherwise};
    return (struct noun_value){.kind = VALUE_TEXT, .text = slice_of_string(field->fallback)};
}

/* Shops send an empty code or click id for an order that has none. Of anything else, an empty string is a template that
 * was not filled in: taken for absent, it would refund a whole order, or lift a token's limit. */
static bool is_absent(const struct field *field, const struct noun_value *value)
{
    bool may_be_empty = !(field->flags & FIELD_NOT_EMPTY) &&
                        (field->kind == FIELD_TEXT || field->kind == FIELD_CLICK_IDS ||
                         field->kind == FIELD_HOSTS || field->kind == FIELD_TAGS);
    bool is_empty = value->kind == VALUE_TEXT && !value->text.size;
    return value->kind == VALUE_ABSENT || value->kind == VALUE_NULL || (is_empty && may_be_empty);
}

static int check_new(struct noun_values *values, const struct field *field, struct problem *problem)
{
    struct noun_value *value = noun_value_of(values, field);
    if (is_absent(field, value)) {
        if (field->flags & FIELD_REQUIRED)
            (void)problem_field(problem, field->name, "it is missing: %s", field->help);
        *value = fallback_of(field, VALUE_ABSENT);
        return JALON_OK;
    }
    if (field->flags & FIELD_NO_OPTION) {
        (void)problem_field(problem, field->name, "it can't be given yet: change it afterwards");
        return JALON_OK;
    }
    return take_checked(values, field, problem);
}

static int check_change(struct noun_values *values, const struct field *field,
                        struct problem *problem)
{
    struct noun_value *value = noun_value_of(values, field);
    if (value->kind == VALUE_ABSENT)
        return JALON_OK;
    if (field->flags & FIELD_FIXED) {
        (void)problem_field(problem, field->name, "it can't be changed: leave it out");
        return JALON_OK;
    }
    if (!is_absent(field, value))
        return take_checked(values, field, problem);
    if (field->flags & FIELD_REQUIRED)
        (void)problem_field(problem, field->name, "it can't be taken away: give another value");
    else
        *value = fallback_of(field, VALUE_NULL);
    return JALON_OK;
}

typedef int field_checker(struct noun_values *values, const struct field *field,
                          struct problem *problem);

static void name_unknowns(const struct noun_values *values, struct problem *problem)
{
    const char *name;
    json_t *value;
    json_object_foreach(values->source, name, value)
    {
        if (!noun_field(values->noun, slice_of_string(name)))
            name_unknown(values->noun, slice_of_string(name), problem);
    }
}

static int check_all(struct noun_values *values, field_checker *check, struct problem *problem)
{
    const struct noun *noun = values->noun;
    if (values->source && !json_is_object(values->source))
        return problem_set(problem, PROBLEM_INVALID, "a %s is a JSON object: {\"%s\": …}",
                           noun->name, noun->fields[0].name);
    name_unknowns(values, problem);
    int err = JALON_OK;
    for (size_t i = 0; i < noun->field_count && !err; i++)
        err = check(values, &noun->fields[i], problem);
    return !err && problem->kind != PROBLEM_NONE ? JALON_INVALID : err;
}

int noun_values_check(struct noun_values *values, struct problem *problem)
{
    return check_all(values, check_new, problem);
}

static int check_json(const struct noun *noun, const json_t *input, field_checker *check,
                      json_t **ret_clean, struct problem *problem)
{
    struct noun_values values;
    noun_values_init(&values, noun);
    int err = noun_values_put_json(&values, (json_t *)input) ? out_of_memory(problem)
                                                             : check_all(&values, check, problem);
    if (!err && noun_values_json(&values, ret_clean))
        err = out_of_memory(problem);
    noun_values_done(&values);
    return err;
}

int noun_check(const struct noun *noun, const json_t *input, json_t **ret_clean,
               struct problem *problem)
{
    return check_json(noun, input, check_new, ret_clean, problem);
}

int noun_check_changes(const struct noun *noun, const json_t *changes, json_t **ret_clean,
                       struct problem *problem)
{
    return check_json(noun, changes, check_change, ret_clean, problem);
}
