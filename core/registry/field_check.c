#include "core/registry/field.h"
#include "core/registry/field_judge.h"

static int complain(const struct field *field, const char *why, struct problem *problem)
{
    return problem_field(problem, field->name, "%s", why);
}

static int check_text(const struct field *field, struct slice text, struct problem *problem)
{
    char space[FIELD_WHY_MAX];
    const char *why = field_types[field->kind].judge(field, text, space);
    return why ? complain(field, why, problem) : JALON_OK;
}

static bool has_item(const struct slice *items, size_t count, struct slice item)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(items[i], item))
            return true;
    return false;
}

/* Each once, in their order. */
static int check_list(const struct field *field, struct slice *items, size_t *count,
                      struct problem *problem)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        int err = check_text(field, items[i], problem);
        if (err)
            return err;
        if (has_item(items, kept, items[i]))
            continue;
        if (field->max && kept == field->max)
            return problem_field(problem, field->name, "at most %u", (unsigned)field->max);
        items[kept++] = items[i];
    }
    *count = kept;
    return JALON_OK;
}

static int check_count(const struct field *field, const struct noun_value *value,
                       struct problem *problem)
{
    if (value->kind != VALUE_NUMBER)
        return complain(field, "write it as a whole number", problem);
    if (value->number < 0 || (uint64_t)value->number > field->max)
        return problem_field(problem, field->name, "write a whole number from 0 to %llu",
                             (unsigned long long)field->max);
    return JALON_OK;
}

static int make_list(struct noun_values *values, struct noun_value *value)
{
    int err = noun_values_add_item(values, value->text);
    if (err)
        return err;
    value->kind = VALUE_LIST;
    value->list.first = values->item_count - 1;
    value->list.count = 1;
    return JALON_OK;
}

int field_check(const struct field *field, struct noun_values *values, struct problem *problem)
{
    struct noun_value *value = noun_value_of(values, field);
    if (field->kind == FIELD_COUNT)
        return check_count(field, value, problem);
    const struct field_type *type = &field_types[field->kind];
    if (type->is_list && value->kind == VALUE_TEXT) {
        int err = make_list(values, value);
        if (err)
            return err;
    }
    if (value->kind != (type->is_list ? VALUE_LIST : VALUE_TEXT))
        return complain(field, type->expected, problem);
    if (!type->is_list)
        return check_text(field, value->text, problem);
    return value->list.count
               ? check_list(field, &values->items[value->list.first], &value->list.count, problem)
               : JALON_OK;
}
