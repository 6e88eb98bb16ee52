#include "core/traffic/agent_list.h"

#include "core/traffic/agents.h"
#include "tests/unit/guard_page.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static struct guard_page guard;

static struct slice guarded(const char *text)
{
    return guard_page_copy(&guard, slice_of_string(text));
}

static void test_parse(void **state)
{
    (void)state;
    struct agent_list list;
    unsigned line = 0;
    const char *text = "# comment\n"
                       "\n"
                       "preview   some(?:thing| else)  \n"
                       "inapp instagram \\bInstagram[ /]\n"
                       "  monitor up # not a comment\r\n"
                       "library ^curl\n"
                       "bot bot\n"
                       "device tv TV\n"
                       "system chromeos CrOS\n"
                       "app other x\n"
                       "person Mozilla/5.0 (X)";
    static const struct {
        enum agent_kind kind;
        uint8_t value;
        unsigned line;
        const char *text;
    } rows[] = {
        {AGENT_PREVIEW, 0, 3, "some(?:thing| else)"},
        {AGENT_INAPP, 1, 4, "\\bInstagram[ /]"},
        {AGENT_MONITOR, 0, 5, "up # not a comment"},
        {AGENT_LIBRARY, 0, 6, "^curl"},
        {AGENT_BOT, 0, 7, "bot"},
        {AGENT_DEVICE, 4, 8, "TV"},
        {AGENT_SYSTEM, 6, 9, "CrOS"},
        {AGENT_APP, 24, 10, "x"},
        {AGENT_PERSON, 0, 11, "Mozilla/5.0 (X)"},
    };
    assert_int_equal(agent_list_parse(&list, guarded(text), &line), JALON_OK);
    assert_int_equal(list.count, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(list.rows[i].kind, rows[i].kind);
        assert_int_equal(list.rows[i].value, rows[i].value);
        assert_int_equal(list.rows[i].line, rows[i].line);
        assert_true(slice_is(list.rows[i].text, rows[i].text));
    }
    agent_list_done(&list);
    assert_int_equal(agent_list_parse(&list, SLICE_NONE, &line), JALON_OK);
    assert_int_equal(list.count, 0);
    agent_list_done(&list);
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
    } rows[] = {
        {"robot x", 1},
        {"bot", 1},
        {"bot ", 1},
        {"bot\tx", 1},
        {"Bot x", 1},
        {"inapp x", 1},
        {"inapp myapp x", 1},
        {"inapp instagram", 1},
        {"inapp unknown x", 1},
        {"device phones x", 1},
        {"system x x", 1},
        {"app  x", 1},
        {"bot a\n\n# b\nwhat", 4},
        {"bot a\nbot b\x01\n", 2},
        {"person\n", 1},
        {"x", 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct agent_list list = {.count = 77};
        unsigned line = 0;
        assert_int_equal(agent_list_parse(&list, guarded(rows[i].text), &line), JALON_MALFORMED);
        assert_int_equal(line, rows[i].line);
        assert_int_equal(list.count, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_refuses),
    };
    guard = guard_page_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    guard_page_free(&guard);
    return failed;
}
