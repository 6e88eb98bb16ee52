#include "admin/complaint.h"
#include "admin/options.h"
#include "admin/shown.h"

#define PLACE_MAX 4200 /* a path and a line */

/* "/allow_host/0" names the field allow_host. */
static struct slice field_of(const struct problem_field *field)
{
    struct slice rest = slice_from(slice_of_string(field->pointer), 1);
    return slice_take(&rest, '/');
}

/* The text may hold what stood in a file. */
static void print_text(FILE *stream, struct slice text)
{
    char memory[SHOWN_MAX(sizeof((struct problem *)0)->detail)];
    struct buffer shown;
    buffer_over(&shown, memory, sizeof memory);
    shown_append(&shown, text);
    fprintf(stream, "%.*s", SLICE_ARG(buffer_slice(&shown)));
}

static void print_field_name(FILE *stream, struct slice field, const struct option_table *table)
{
    const struct option_row *row = table ? option_table_find_field(table, field) : NULL;
    if (row)
        fprintf(stream, "--%s", row->name);
    else
        print_text(stream, field);
}

/* problem_field()'s own sentence about fields says nothing that they don't. */
static bool is_general(const struct problem *problem)
{
    return problem->field_count > 0 &&
           slice_starts(slice_of_string(problem->detail), SLICE("some fields are not valid"));
}

/* The sentence, and in brackets the fields that it is about. */
static void print_sentence(FILE *stream, const struct problem *problem,
                           const struct option_table *table)
{
    print_text(stream, slice_of_string(problem->detail));
    for (size_t i = 0; i < problem->field_count; i++) {
        fputs(i ? ", " : " (", stream);
        print_field_name(stream, field_of(&problem->fields[i]), table);
    }
    fputs(problem->field_count ? ")\n" : "\n", stream);
}

static void print_problem(FILE *stream, const char *before, const struct problem *problem,
                          const struct option_table *table)
{
    if (!is_general(problem)) {
        fputs(before, stream);
        print_sentence(stream, problem, table);
        return;
    }
    for (size_t i = 0; i < problem->field_count; i++) {
        fputs(before, stream);
        print_field_name(stream, field_of(&problem->fields[i]), table);
        fputs(": ", stream);
        print_text(stream, slice_of_string(problem->fields[i].detail));
        fputc('\n', stream);
    }
}

void complain(FILE *stream, const struct problem *problem, const struct option_table *table)
{
    print_problem(stream, "jalon: ", problem, table);
}

void complain_of_row(FILE *stream, const char *file, size_t line, const struct problem *problem)
{
    char before[PLACE_MAX];
    (void)snprintf(before, sizeof before, "jalon: %s:%zu: ", file, line); /* cut to fit */
    print_problem(stream, before, problem, NULL);
}
