/* The table of commands against itself, against what it says about itself, and against the docs. */
#include "admin/command.h"

#include "admin/help.h"
#include "admin/operations.h"
#include "core/base/buffer.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "rbe");
    if (!in)
        fail_msg("%s can't be opened", path);
    struct buffer text;
    buffer_init(&text, 1024 * 1024);
    char piece[4096];
    size_t size;
    while ((size = fread(piece, 1, sizeof piece, in)) > 0)
        buffer_append(&text, slice_of(piece, size));
    (void)fclose(in); /* read */
    assert_non_null(buffer_string(&text));
    return text.data;
}

static void name_command(char *ret_name, size_t size, const struct command *command)
{
    (void)snprintf(ret_name, size, "%s%s%s", command->noun, command->verb ? " " : "",
                   command->verb ? command->verb : "");
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; command_at(i); i++) {
        const struct command *command = command_at(i);
        assert_non_null(command->run);
        assert_non_null(command->summary);
        assert_true(command->argument_min <= command->argument_max);
        assert_int_equal(command->arguments != NULL, command->argument_max > 0);
        assert_true(command->fields == FIELDS_NONE || command_record(command) != NULL);
        for (size_t j = 0; j < i; j++)
            assert_false(strcmp(command_at(j)->noun, command->noun) == 0 &&
                         (!command_at(j)->verb || !command->verb ||
                          strcmp(command_at(j)->verb, command->verb) == 0));
    }
}

static void test_options_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; command_at(i); i++) {
        struct option_table table;
        command_options(command_at(i), &table);
        for (size_t j = 0; j < table.count; j++) {
            assert_non_null(table.rows[j].help);
            assert_true(table.rows[j].kind == OPTION_FLAG || table.rows[j].placeholder);
            assert_ptr_equal(option_table_find(&table, table.rows[j].name), &table.rows[j]);
        }
    }
}

static void test_every_noun_is_summed_up(void **state)
{
    (void)state;
    for (size_t i = 0; command_at(i); i++) {
        bool is_there = false;
        for (size_t j = 0; command_noun_at(j); j++)
            is_there |= strcmp(command_noun_at(j)->noun, command_at(i)->noun) == 0;
        assert_true(is_there);
    }
}

/* CONTRACT section 6 */
static void test_the_contract(void **state)
{
    (void)state;
    static const char *const names[] = {"init",
                                        "keys list",
                                        "keys rotate",
                                        "keys retire",
                                        "keys export",
                                        "campaign add",
                                        "campaign list",
                                        "campaign show",
                                        "campaign set",
                                        "creator add",
                                        "creator list",
                                        "creator show",
                                        "creator set",
                                        "creator import",
                                        "creator erase",
                                        "link add",
                                        "link list",
                                        "link show",
                                        "link set",
                                        "link import",
                                        "link verify",
                                        "code add",
                                        "code list",
                                        "code show",
                                        "code set",
                                        "code verify",
                                        "cost add",
                                        "cost list",
                                        "cost import",
                                        "post add",
                                        "post list",
                                        "post import",
                                        "conversion add",
                                        "conversion list",
                                        "conversion refund",
                                        "conversion import",
                                        "report",
                                        "export clicks",
                                        "export conversions",
                                        "token add",
                                        "token list",
                                        "token revoke",
                                        "doctor"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool is_there = false;
        for (size_t j = 0; command_at(j); j++) {
            char name[64];
            name_command(name, sizeof name, command_at(j));
            is_there |= strcmp(name, names[i]) == 0;
        }
        if (!is_there)
            fail_msg("there is no command %s", names[i]);
    }
}

/* The columns of a listing are fields that the noun has, or what the store adds. */
static void test_listings_have_columns(void **state)
{
    (void)state;
    for (size_t i = 0; operations_at(i); i++) {
        const struct operations *operations = operations_at(i);
        assert_non_null(operations->columns);
        assert_true(operations->list || operations->list_some);
        assert_ptr_equal(operations_find(operations->noun), operations);
    }
    assert_null(operations_find("xyzzy"));
}

static char *help_of(const struct command *command)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    help_print_command(out, command);
    (void)fclose(out); /* memory */
    return text;
}

static void test_help_names_every_option(void **state)
{
    (void)state;
    for (size_t i = 0; command_at(i); i++) {
        char *text = help_of(command_at(i));
        struct option_table table;
        command_options(command_at(i), &table);
        for (size_t j = 0; j < table.count; j++) {
            char name[64];
            (void)snprintf(name, sizeof name, "  --%s", table.rows[j].name);
            if (!strstr(text, name))
                fail_msg("%s is not in:\n%s", name, text);
        }
        assert_non_null(strstr(text, command_at(i)->summary + 1)); /* it begins with a capital */
        free(text);
    }
}

/* docs/cli.md has a section for each command, with its summary and each of its own options. */
static void test_docs(void **state)
{
    (void)state;
    char *docs = read_file(TESTS_FOLDER "/../docs/cli.md");
    for (size_t i = 0; command_at(i); i++) {
        const struct command *command = command_at(i);
        char name[64], title[128];
        name_command(name, sizeof name, command);
        (void)snprintf(title, sizeof title, "\n### jalon %s\n", name);
        char *start = strstr(docs, title);
        if (!start)
            fail_msg("docs/cli.md has no section \"### jalon %s\"", name);
        char *end = strstr(start + 1, "\n### ");
        char *section = strndup(start, end ? (size_t)(end - start) : strlen(start));
        if (!strstr(section, command->summary + 1)) /* it begins with a capital there */
            fail_msg("docs/cli.md, %s: the summary is not \"%s\"", name, command->summary);
        struct option_table table;
        command_options(command, &table);
        for (size_t j = 0; j < table.count; j++) {
            char option[160];
            const struct option_row *row = &table.rows[j];
            if (option_table_find(&table, row->name) != row)
                continue;
            bool is_global = false;
            for (const struct option_row *global = command_global_options; global->name; global++)
                is_global |= strcmp(global->name, row->name) == 0;
            (void)snprintf(option, sizeof option, "| `--%s%s%s` |", row->name,
                           row->placeholder ? " " : "", row->placeholder ? row->placeholder : "");
            if (!is_global && !strstr(section, option))
                fail_msg("docs/cli.md, %s: no row %s", name, option);
        }
        free(section);
    }
    free(docs);
}

static void test_man_page(void **state)
{
    (void)state;
    char *page = read_file(TESTS_FOLDER "/../docs/man/jalon.1");
    for (size_t i = 0; command_at(i); i++) {
        char name[64], line[96];
        name_command(name, sizeof name, command_at(i));
        (void)snprintf(line, sizeof line, "\n.It Ic %s", name);
        if (!strstr(page, line))
            fail_msg("docs/man/jalon.1 has no \".It Ic %s\"", name);
    }
    for (const struct option_row *row = command_global_options; row->name; row++) {
        char line[96];
        (void)snprintf(line, sizeof line, "\n.It Fl Fl %s", row->name);
        if (!strstr(page, line))
            fail_msg("docs/man/jalon.1 has no \".It Fl Fl %s\"", row->name);
    }
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_options_are_unique),
        cmocka_unit_test(test_every_noun_is_summed_up),
        cmocka_unit_test(test_the_contract),
        cmocka_unit_test(test_listings_have_columns),
        cmocka_unit_test(test_help_names_every_option),
        cmocka_unit_test(test_docs),
        cmocka_unit_test(test_man_page),
    };
    setenv("COLUMNS", "10000",
           1); /* help in lines that are not wrapped in the middle of a summary */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
