#include "core/traffic/click_class.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

/* CONTRACT section 7 and the store's schema. */
static void test_classes(void **state)
{
    (void)state;
    static const struct {
        int value;
        const char *name;
        char letter;
    } rows[] = {
        {CLICK_PREVIEW, "preview", 'p'},     {CLICK_BOT, "bot", 'b'},
        {CLICK_PREFETCH, "prefetch", 'f'},   {CLICK_DATACENTER, "datacenter", 'd'},
        {CLICK_DUPLICATE, "duplicate", 'r'}, {CLICK_HUMAN, "human", 'h'},
    };
    assert_int_equal(COUNT(rows), CLICK_CLASS_MAX);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(rows[i].value, (int)i + 1); /* the order of decision */
        assert_string_equal(click_class_name((enum click_class)rows[i].value), rows[i].name);
        assert_int_equal(click_class_letter((enum click_class)rows[i].value), rows[i].letter);
        assert_int_equal(click_class_of_letter(rows[i].letter), rows[i].value);
    }
}

static void test_unknown_classes(void **state)
{
    (void)state;
    static const int rows[] = {0, 7, 255, -1, 1 << 30};
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(click_class_name((enum click_class)rows[i]), "");
        assert_int_equal(click_class_letter((enum click_class)rows[i]), '?');
    }
    static const char letters[] = "?HPxa \x7f\x80";
    for (size_t i = 0; i < sizeof letters; i++)
        assert_int_equal(click_class_of_letter(letters[i]), 0);
}

static void test_reasons(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",         "preview-agent",   "bot-agent",       "http-library",
        "no-agent", "prefetch-header", "hosting-network", "repeated",
        "monitor"};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(click_reason_name((enum click_reason)i), rows[i]);
    static const int unknown[] = {COUNT(rows), 255, -1};
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_string_equal(click_reason_name((enum click_reason)unknown[i]), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_unknown_classes),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
