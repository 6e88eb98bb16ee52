#include "core/base/problem.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    int status;
    const char *title;
} kinds[] = {
#define PROBLEM_KIND_ROW(name, status, title) {status, title},
    PROBLEM_KINDS(PROBLEM_KIND_ROW)
#undef PROBLEM_KIND_ROW
};

static const struct {
    enum problem_kind kind;
    int error;
} errors[] = {
    {PROBLEM_NONE, JALON_OK},
    {PROBLEM_NOT_FOUND, JALON_NOT_FOUND},
    {PROBLEM_CONFLICT, JALON_CONFLICT},
    {PROBLEM_CONFLICT, JALON_EXISTS},
    {PROBLEM_UNAVAILABLE, JALON_UNAVAILABLE},
    {PROBLEM_INTERNAL, JALON_BAD_REPLY},
    {PROBLEM_MALFORMED, JALON_MALFORMED},
    {PROBLEM_MALFORMED, JALON_NOT_CANONICAL},
    {PROBLEM_TOO_LARGE, JALON_TOO_LONG},
    {PROBLEM_INVALID, JALON_INVALID},
    {PROBLEM_INVALID, JALON_MISTYPED},
};

void problem_init(struct problem *problem)
{
    problem->kind = PROBLEM_NONE; /* the rest is large, and is read as far as it was set */
    problem->detail[0] = '\0';
    problem->field_count = 0;
}

/* Ends `text` before a UTF-8 character that was cut in half: at most 3 bytes of one are left. */
static void end_at_character(char *text)
{
    size_t size = strlen(text);
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        unsigned char byte = (unsigned char)text[size - back];
        if ((byte & 0xc0) == 0x80)
            continue; /* inside a character */
        size_t whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
        if (whole > back)
            text[size - back] = '\0';
        return;
    }
}

static int error_of(enum problem_kind kind)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].kind == kind)
            return errors[i].error;
    return JALON_INVALID;
}

int problem_set(struct problem *problem, enum problem_kind kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(problem->detail, sizeof problem->detail, format, arguments); /* cut to fit */
    va_end(arguments);
    end_at_character(problem->detail);
    problem->kind = kind;
    return error_of(kind);
}

int problem_field(struct problem *problem, const char *name, const char *format, ...)
{
    if (problem->kind == PROBLEM_NONE) {
        (void)problem_set(problem, PROBLEM_INVALID, "some fields are not valid; errors names them");
    }
    if (problem->field_count == PROBLEM_FIELDS_MAX)
        return JALON_INVALID;
    struct problem_field *field = &problem->fields[problem->field_count++];
    (void)snprintf(field->pointer, sizeof field->pointer, "/%s", name); /* cut to fit */
    end_at_character(field->pointer);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(field->detail, sizeof field->detail, format, arguments); /* cut to fit */
    va_end(arguments);
    end_at_character(field->detail);
    return JALON_INVALID;
}

int problem_from_error(struct problem *problem, int error)
{
    enum problem_kind kind = PROBLEM_INTERNAL;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].error == error)
            kind = errors[i].kind;
    (void)problem_set(problem, kind, "%s", jalon_error_text(error)); /* the code is the caller's */
    return error;
}

int problem_status(const struct problem *problem)
{
    return kinds[problem->kind].status;
}

const char *problem_title(const struct problem *problem)
{
    return kinds[problem->kind].title;
}
