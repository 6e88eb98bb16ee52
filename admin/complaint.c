#include "admin/complaint.h"
#include "admin/options.h"

#define PLACE_MAX 4200 /* a path and a line */

/* "/allow_host/0" names the field allow_host. */
static struct slice field_of(const struct problem_field *field)
{
    struct slice rest = slice_from(slice_of_string(field->pointer), 1);
    return slice_take(&rest, '/');
}

/* The text may hold what stood in a file: a control character there must not reach a terminal. */
static void print_text(FILE *stream, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text, next = (unsigned char)text[1];
        bool is_c1 = c == 0xc2 && next >= 0x80 && next < 0xa0; /* U+0080 to U+009F */
        if (c >= 0x20 && c != 0x7f && !is_c1)
            fputc(c, stream);
        else if (is_c1)
            fprintf(stream, "\\x%02x", (unsigned char)*++text);
        else
            fprintf(stream, "\\x%02x", c);
    }
}

static void print_field_name(FILE *stream, struct slice field, const struct option_table *table)
{
    const struct option_row *row = table ? option_table_find_field(table, field) : NULL;
    if (row)
        fprintf(stream, "--%s", row->name);
    else
        fprintf(stream, "%.*s", SLICE_ARG(field));
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
    print_text(stream, problem->detail);
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
        print_text(stream, problem->fields[i].detail);
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
