#include "core/store/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define CAMPAIGN SLICE("spring-trail")
#define BRAND SLICE("acme")
#define LINK ((uint64_t)0x00000000000000a7) /* partition 7 */

static void expect_key(struct key key, const char *name)
{
    assert_string_equal(key.text, name);
    assert_int_equal(key.size, strlen(name));
}

static void test_each_key_has_the_name_of_the_schema(void **state)
{
    (void)state;
    expect_key(key_campaigns(), "jalon:{s}:campaigns");
    expect_key(key_creators(), "jalon:{s}:creators");
    expect_key(key_tokens(), "jalon:{s}:tokens");
    expect_key(key_serials(), "jalon:{s}:serials");
    expect_key(key_ring_ids(), "jalon:{s}:ring");
    expect_key(key_costs(CAMPAIGN), "jalon:{s}:costs:spring-trail");
    expect_key(key_posts(CAMPAIGN), "jalon:{s}:posts:spring-trail");
    expect_key(key_links(0), "jalon:{p00}:links");
    expect_key(key_links(15), "jalon:{p15}:links");
    expect_key(key_links_of(3, CAMPAIGN), "jalon:{p03}:links_of:spring-trail");
    expect_key(key_days(LINK), "jalon:{p07}:days:00000000000000a7");
    expect_key(key_quarter_hours(LINK, 20057), "jalon:{p07}:quarter_hours:00000000000000a7:20032");
    expect_key(key_sealing_until(7), "jalon:{p07}:sealing_until");
    expect_key(key_visitors(LINK, 0), "jalon:{p07}:visitors:00000000000000a7:0");
    expect_key(key_visitors(LINK, -1), "jalon:{p07}:visitors:00000000000000a7:-1");
    expect_key(key_sealed_visitors(LINK, 0), "jalon:{p07}:sealed_visitors:00000000000000a7:0");
    expect_key(key_sealed_visitors(LINK, 31), "jalon:{p07}:sealed_visitors:00000000000000a7:0");
    expect_key(key_sealed_visitors(LINK, 32), "jalon:{p07}:sealed_visitors:00000000000000a7:32");
    expect_key(key_sealed_until(15), "jalon:{p15}:sealed_until");
    expect_key(key_sealing(4), "jalon:{p04}:sealing");
    expect_key(key_clicks(9, 20057), "jalon:{p09}:clicks:20057");
    expect_key(key_positions(10), "jalon:{p10}:positions");
    expect_key(key_gaps(10), "jalon:{p10}:gaps");
    expect_key(key_closing(0), "jalon:{p00}:closing");
    expect_key(key_codes(BRAND), "jalon:{b.acme}:codes");
    expect_key(key_codes_of(BRAND, CAMPAIGN), "jalon:{b.acme}:codes_of:spring-trail");
    expect_key(key_limits(BRAND), "jalon:{b.acme}:limits");
    expect_key(key_redemptions(BRAND, SLICE("MAR1E10")), "jalon:{b.acme}:redemptions:MAR1E10");
    expect_key(key_orders(BRAND, CAMPAIGN), "jalon:{b.acme}:orders:spring-trail");
    expect_key(key_order_times(BRAND, CAMPAIGN), "jalon:{b.acme}:order_times:spring-trail");
}

static void test_the_longest_names_fit(void **state)
{
    (void)state;
    char slug[64];
    memset(slug, 'a', sizeof slug);
    struct slice longest = slice_of(slug, sizeof slug);
    struct key key = key_order_times(longest, longest);
    assert_int_equal(key.size, strlen("jalon:{b.}:order_times:") + 128);
    assert_int_equal(key.text[key.size], '\0');
}

static void test_link_ids_are_16_lower_case_hex_digits(void **state)
{
    (void)state;
    static const struct {
        uint64_t link_id;
        const char *text;
    } rows[] = {
        {0, "0000000000000000"},
        {UINT64_MAX, "ffffffffffffffff"},
        {0x0123456789abcdef, "0123456789abcdef"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[LINK_ID_TEXT + 1];
        link_id_format(text, rows[i].link_id);
        assert_string_equal(text, rows[i].text);
        uint64_t link_id;
        assert_int_equal(link_id_parse(&link_id, slice_of_string(text)), JALON_OK);
        assert_true(link_id == rows[i].link_id);
    }
}

static void test_other_texts_are_no_link_id(void **state)
{
    (void)state;
    static const char *const rows[] = {"",
                                       "0",
                                       "000000000000000",
                                       "00000000000000000",
                                       "0123456789ABCDEF",
                                       "0x23456789abcdef",
                                       "0123456789abcde ",
                                       "-123456789abcdef"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t link_id = 42;
        assert_int_equal(link_id_parse(&link_id, slice_of_string(rows[i])), JALON_MALFORMED);
        assert_int_equal(link_id, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_key_has_the_name_of_the_schema),
        cmocka_unit_test(test_the_longest_names_fit),
        cmocka_unit_test(test_link_ids_are_16_lower_case_hex_digits),
        cmocka_unit_test(test_other_texts_are_no_link_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
