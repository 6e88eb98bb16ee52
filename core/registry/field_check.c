#include "core/registry/field.h"
#include "core/registry/field_judge.h"
#include "core/registry/thing.h"

static int complain(const struct field *field, const char *why, struct problem *problem)
{
    return problem_field(problem, field->name, "%s", why);
}

static int keep(const json_t *value, json_t **ret_clean)
{
    *ret_clean = json_incref((json_t *)value); /* shared: nobody changes a value once it is made */
    return JALON_OK;
}

static int check_string(const struct field *field, const json_t *value, struct problem *problem)
{
    char space[FIELD_WHY_MAX];
    if (!json_is_string(value))
        return complain(field, field_types[field->kind].expected, problem);
    const char *why = field_types[field->kind].judge(field, thing_slice(value), space);
    return why ? complain(field, why, problem) : JALON_OK;
}

static bool list_has(const json_t *list, const json_t *value)
{
    size_t i;
    json_t *other;
    json_array_foreach(list, i, other) if (json_equal(other, value)) return true;
    return false;
}

/* Each once, in their order. */
static int check_list(const struct field *field, const json_t *list, json_t **ret_clean,
                      struct problem *problem)
{
    json_t *clean = json_array();
    if (!clean)
        return JALON_NO_MEMORY;
    int err = JALON_OK;
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value)
    {
        err = check_string(field, value, problem);
        if (!err && list_has(clean, value))
            continue;
        if (!err && field->max && json_array_size(clean) == field->max)
            err = problem_field(problem, field->name, "at most %u", (unsigned)field->max);
        if (!err && json_array_append(clean, value))
            err = JALON_NO_MEMORY;
        if (err)
            break;
    }
    if (err) {
        json_decref(clean);
        return err;
    }
    *ret_clean = clean;
    return JALON_OK;
}

static int check_count(const struct field *field, const json_t *value, json_t **ret_clean,
                       struct problem *problem)
{
    if (!json_is_integer(value))
        return complain(field, "write it as a whole number", problem);
    json_int_t count = json_integer_value(value);
    if (count < 0 || (uint64_t)count > field->max)
        return problem_field(problem, field->name, "write a whole number from 0 to %llu",
                             (unsigned long long)field->max);
    return keep(value, ret_clean);
}

static int check_one_as_list(const struct field *field, const json_t *value, json_t **ret_clean,
                             struct problem *problem)
{
    json_t *list = json_pack("[O]", value);
    if (!list)
        return JALON_NO_MEMORY;
    int err = check_list(field, list, ret_clean, problem);
    json_decref(list);
    return err;
}

int field_check(const struct field *field, const json_t *value, json_t **ret_clean,
                struct problem *problem)
{
    if (field->kind == FIELD_COUNT)
        return check_count(field, value, ret_clean, problem);
    const struct field_type *type = &field_types[field->kind];
    if (type->is_list && json_is_array(value))
        return check_list(field, value, ret_clean, problem);
    if (type->is_list && json_is_string(value))
        return check_one_as_list(field, value, ret_clean, problem);
    if (type->is_list)
        return complain(field, type->expected, problem);
    int err = check_string(field, value, problem);
    return err ? err : keep(value, ret_clean);
}
