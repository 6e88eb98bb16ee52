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

static int take_text(const struct noun *noun, struct slice name, struct slice text, json_t *input,
                     struct problem *problem)
{
    const struct field *field = noun_field(noun, name);
    if (!field) {
        name_unknown(noun, name, problem);
        return JALON_OK;
    }
    json_t *value;
    const char *why;
    int err = field_from_text(field, text, &value, &why);
    if (err == JALON_NO_MEMORY)
        return out_of_memory(problem);
    if (err) {
        (void)problem_field(problem, field->name, "%s", why); /* looked at when all were read */
        return JALON_OK;
    }
    if (json_object_get(input, field->name)) {
        (void)problem_field(problem, field->name, "it is given twice: give it once");
        json_decref(value);
        return JALON_OK;
    }
    return json_object_set_new_nocheck(input, field->name, value) ? out_of_memory(problem)
                                                                  : JALON_OK;
}

int noun_from_text(const struct noun *noun, const struct slice *names, const struct slice *values,
                   size_t count, json_t **ret_input, struct problem *problem)
{
    json_t *input = json_object();
    if (!input)
        return out_of_memory(problem);
    int err = JALON_OK;
    for (size_t i = 0; i < count && !err; i++)
        if (values[i].size)
            err = take_text(noun, names[i], values[i], input, problem);
    if (!err && problem->kind != PROBLEM_NONE)
        err = JALON_INVALID;
    if (err) {
        json_decref(input);
        return err;
    }
    *ret_input = input;
    return JALON_OK;
}

/* The value of `field` in `input`, checked, into `clean`. */
static int take_checked(const struct field *field, const json_t *value, json_t *clean,
                        struct problem *problem)
{
    json_t *spelled;
    int err = field_check(field, value, &spelled, problem);
    if (err == JALON_NO_MEMORY)
        return out_of_memory(problem);
    if (err)
        return JALON_OK; /* named in the problem: the other fields are looked at too */
    return json_object_set_new_nocheck(clean, field->name, spelled) ? out_of_memory(problem)
                                                                    : JALON_OK;
}

static int take_absent(const struct field *field, json_t *clean, struct problem *problem)
{
    if (field->flags & FIELD_REQUIRED)
        (void)problem_field(problem, field->name, "it is missing: %s", field->help);
    if (!field->fallback)
        return JALON_OK;
    json_t *value = json_string(field->fallback);
    return json_object_set_new_nocheck(clean, field->name, value) ? out_of_memory(problem)
                                                                  : JALON_OK;
}

/* Shops send an empty code or click id for an order that has none. Of anything else, an empty string is a template that
 * was not filled in: taken for absent, it would refund a whole order, or lift a token's limit. */
static bool is_absent(const struct field *field, const json_t *value)
{
    bool may_be_empty = !(field->flags & FIELD_NOT_EMPTY) &&
                        (field->kind == FIELD_TEXT || field->kind == FIELD_CLICK_IDS ||
                         field->kind == FIELD_HOSTS || field->kind == FIELD_TAGS);
    bool is_empty = json_is_string(value) && !json_string_length(value);
    return !value || json_is_null(value) || (is_empty && may_be_empty);
}

static int check_new(const struct field *field, const json_t *value, json_t *clean,
                     struct problem *problem)
{
    if (is_absent(field, value))
        return take_absent(field, clean, problem);
    if (field->flags & FIELD_NO_OPTION) {
        (void)problem_field(problem, field->name, "it can't be given yet: change it afterwards");
        return JALON_OK;
    }
    return take_checked(field, value, clean, problem);
}

static int check_change(const struct field *field, const json_t *value, json_t *clean,
                        struct problem *problem)
{
    if (!value)
        return JALON_OK;
    if (field->flags & FIELD_FIXED) {
        (void)problem_field(problem, field->name, "it can't be changed: leave it out");
        return JALON_OK;
    }
    if (!is_absent(field, value))
        return take_checked(field, value, clean, problem);
    if (field->flags & FIELD_REQUIRED) {
        (void)problem_field(problem, field->name, "it can't be taken away: give another value");
        return JALON_OK;
    }
    json_t *nothing = field->fallback ? json_string(field->fallback) : json_null();
    return json_object_set_new_nocheck(clean, field->name, nothing) ? out_of_memory(problem)
                                                                    : JALON_OK;
}

typedef int field_checker(const struct field *field, const json_t *value, json_t *clean,
                          struct problem *problem);

static int check_all(const struct noun *noun, const json_t *input, field_checker *check,
                     json_t **ret_clean, struct problem *problem)
{
    if (!json_is_object(input))
        return problem_set(problem, PROBLEM_INVALID, "a %s is a JSON object: {\"%s\": …}",
                           noun->name, noun->fields[0].name);
    json_t *clean = json_object();
    if (!clean)
        return out_of_memory(problem);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)input, name, value) if (!noun_field(noun, slice_of_string(name)))
        name_unknown(noun, slice_of_string(name), problem);
    int err = JALON_OK;
    for (size_t i = 0; i < noun->field_count && !err; i++)
        err = check(&noun->fields[i], json_object_get(input, noun->fields[i].name), clean, problem);
    if (!err && problem->kind != PROBLEM_NONE)
        err = JALON_INVALID;
    if (err) {
        json_decref(clean);
        return err;
    }
    *ret_clean = clean;
    return JALON_OK;
}

int noun_check(const struct noun *noun, const json_t *input, json_t **ret_clean,
               struct problem *problem)
{
    return check_all(noun, input, check_new, ret_clean, problem);
}

int noun_check_changes(const struct noun *noun, const json_t *changes, json_t **ret_clean,
                       struct problem *problem)
{
    return check_all(noun, changes, check_change, ret_clean, problem);
}
