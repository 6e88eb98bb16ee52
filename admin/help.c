#include "admin/help.h"
#include "admin/command.h"
#include "admin/terminal.h"
#include "core/report/report.h"
#include "core/base/buffer.h"

#include <ctype.h>

#define OPTION_COLUMN 30

/* "  NAME   text", the text beginning in column `column`, below the name where that is longer. */
static void print_entry(FILE *out, const char *name, size_t name_width, size_t column,
                        const char *text)
{
    fprintf(out, "  %s", name);
    size_t at = 2 + name_width;
    if (at + 2 > column) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", (int)(column - at), "");
    terminal_print_wrapped(out, column, column, text);
}

static void append_field_facts(struct buffer *text, const struct field *field, bool has_fallback)
{
    if (field->choices) {
        struct slice rest = slice_of_string(field->choices);
        const char *before = "; one of ";
        for (; rest.size; before = ", ") {
            struct slice choice = slice_take(&rest, '|');
            buffer_printf(text, "%s%.*s", before, SLICE_ARG(choice));
        }
    }
    if (has_fallback && field->fallback && *field->fallback)
        buffer_printf(text, "; default %s", field->fallback);
}

static void print_option(FILE *out, const struct option_row *row, bool has_fallback)
{
    char name_memory[128], text_memory[1024];
    struct buffer name, text;
    buffer_over(&name, name_memory, sizeof name_memory);
    buffer_over(&text, text_memory, sizeof text_memory);
    buffer_printf(&name, "--%s", row->name);
    if (row->kind != OPTION_FLAG)
        buffer_printf(&name, " %s", row->placeholder);
    buffer_append_string(&text, row->help);
    if (row->field)
        append_field_facts(&text, row->field, has_fallback);
    if (row->kind == OPTION_LIST)
        buffer_append_string(&text, "; may repeat");
    if (row->is_required)
        buffer_append_string(&text, " (required)");
    const char *shown = buffer_string(&name), *said = buffer_string(&text);
    if (shown && said)
        print_entry(out, shown, terminal_characters(shown), OPTION_COLUMN, said);
}

/* has_fallback: what is left out gets a default; in a `set` it stays as it is. */
static void print_options(FILE *out, const struct option_row *rows, size_t count, bool has_fallback)
{
    for (size_t i = 0; i < count; i++)
        print_option(out, &rows[i], has_fallback);
}

static void print_global_options(FILE *out)
{
    fputs("\nOptions of every command:\n", out);
    for (const struct option_row *row = command_global_options; row->name; row++)
        print_option(out, row, false);
}

/* "keys list | rotate | retire", for the list of nouns. */
static void append_verbs(struct buffer *text, const char *noun)
{
    bool is_first = true;
    for (size_t i = 0; command_at(i); i++) {
        if (strcmp(command_at(i)->noun, noun) != 0 || !command_at(i)->verb)
            continue;
        buffer_printf(text, "%s%s", is_first ? " (" : ", ", command_at(i)->verb);
        is_first = false;
    }
    if (!is_first)
        buffer_append_byte(text, ')');
}

void help_print_top(FILE *out)
{
    fputs("Usage: jalon NOUN VERB [arguments] [--options]\n\n"
          "Tracked links and promo codes: sets up, issues, imports, reports and exports.\n\n"
          "Commands:\n",
          out);
    for (size_t i = 0; command_noun_at(i); i++) {
        char memory[256];
        struct buffer text;
        buffer_over(&text, memory, sizeof memory);
        buffer_append_string(&text, command_noun_at(i)->summary);
        append_verbs(&text, command_noun_at(i)->noun);
        const char *said = buffer_string(&text);
        if (said)
            print_entry(out, command_noun_at(i)->noun, strlen(command_noun_at(i)->noun), 14, said);
    }
    print_global_options(out);
    fputs("\n\"jalon NOUN --help\" and \"jalon NOUN VERB --help\" say more.\n", out);
}

void help_print_noun(FILE *out, const char *noun)
{
    fprintf(out, "Usage: jalon %s VERB [arguments] [--options]\n\nCommands:\n", noun);
    for (size_t i = 0; command_at(i); i++) {
        const struct command *command = command_at(i);
        if (strcmp(command->noun, noun) != 0)
            continue;
        char memory[128];
        struct buffer name;
        buffer_over(&name, memory, sizeof memory);
        buffer_printf(&name, "%s %s%s%s", noun, command->verb, command->arguments ? " " : "",
                      command->arguments ? command->arguments : "");
        const char *shown = buffer_string(&name);
        if (shown)
            print_entry(out, shown, terminal_characters(shown), OPTION_COLUMN, command->summary);
    }
    print_global_options(out);
}

static void print_reports(FILE *out)
{
    fputs("\nReports:\n", out);
    for (size_t i = 0; report_name(i); i++)
        print_entry(out, report_name(i), strlen(report_name(i)), OPTION_COLUMN, report_summary(i));
}

static void print_sentence(FILE *out, const char *summary)
{
    char memory[256];
    struct buffer text;
    buffer_over(&text, memory, sizeof memory);
    buffer_append_byte(&text, (char)toupper((unsigned char)summary[0]));
    buffer_printf(&text, "%s%s", summary + 1, summary[strlen(summary) - 1] == '?' ? "" : ".");
    const char *sentence = buffer_string(&text);
    if (sentence)
        terminal_print_wrapped(out, 0, 0, sentence);
}

void help_print_command(FILE *out, const struct command *command)
{
    struct option_table table;
    command_options(command, &table);
    size_t globals = 0;
    while (command_global_options[globals].name)
        globals++;
    fprintf(out, "Usage: jalon %s", command->noun);
    if (command->verb)
        fprintf(out, " %s", command->verb);
    if (command->arguments)
        fprintf(out, " %s", command->arguments);
    fputs(table.count > globals ? " [--options]\n\n" : "\n\n", out);
    print_sentence(out, command->summary);
    if (command->more) {
        fputc('\n', out);
        terminal_print_wrapped(out, 0, 0, command->more);
    }
    if (strcmp(command->noun, "report") == 0)
        print_reports(out);
    if (table.count > globals)
        fputs("\nOptions:\n", out);
    /* The global ones are the last. */
    print_options(out, table.rows, table.count - globals, command->fields != FIELDS_FOR_SET);
    print_global_options(out);
}
