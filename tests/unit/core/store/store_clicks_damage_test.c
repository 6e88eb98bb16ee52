/* Counters that are none, whoever wrote them, end a read. */
#include "tests/unit/core/store/store_fixture.h"

#define FIRST 20000 /* a block's first day */
#define LINK 5

static int visit_nothing(void *context, size_t index, int32_t day, enum click_class class,
                         int64_t count)
{
    (void)context, (void)index, (void)day, (void)class, (void)count;
    return JALON_OK;
}

static int skip_quarter(void *context, size_t index, unsigned quarter, enum click_class class,
                        int64_t count)
{
    (void)context, (void)index, (void)quarter, (void)class, (void)count;
    return JALON_OK;
}

static int read_days(int32_t last)
{
    const uint64_t id = LINK;
    return store_days_each(store, &id, 1, FIRST, last, visit_nothing, NULL);
}

static int read_quarters(void)
{
    const struct day_of_link day = {LINK, FIRST};
    return store_quarters_each(store, &day, 1, skip_quarter, NULL);
}

static void test_what_is_no_count_is_damaged(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value;
    } of_days[] = {{"20000:h", "-1"},
                   {"20000:h", "1.5"},
                   {"20000:h", ""},
                   {"20000:h", "9223372036854775808"},
                   {"20000:x", "1"},
                   {"20000:hh", "1"},
                   {"soon:h", "1"},
                   {"20000", "\x06"},
                   {"20000", "\x86"},
                   {"20000", "\x06\x80"},
                   {"20000", "\x07\x01"},                                     /* no class */
                   {"20000", "\x08\x01"},                                     /* none either */
                   {"20000", "\x86\x02\x01"},                                 /* day 32 of 32 */
                   {"20000", "\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}, /* over INT64_MAX */
                   {"soon", "\x06\x01"}},
      of_quarters[] = {{"20000:95:h", "x"},       {"20000:96:h", "1"}, {"20000:h", "1"},
                       {"20000:1:y", "1"},        {"x:1:h", "1"},      {"20000", "\x06"},
                       {"20000", "\x86\x06\x01"}, /* quarter 96 */
                       {"20000", "\x07\x01"}};
    struct key days = key_days(LINK), quarters = key_quarter_hours(LINK, FIRST);
    for (size_t i = 0; i < sizeof of_days / sizeof *of_days; i++) {
        say("HSET", days.text, of_days[i].field, of_days[i].value);
        if (read_days(FIRST + 90) != JALON_DAMAGED)
            fail_msg("%s %s", of_days[i].field, of_days[i].value);
        bool is_named = of_days[i].field[0] != 's' && !strchr(of_days[i].field, 'x') &&
                        !strstr(of_days[i].field, "hh");
        if (read_days(FIRST) != (is_named ? JALON_DAMAGED : JALON_OK))
            fail_msg("%s %s, by name", of_days[i].field, of_days[i].value);
        say("DEL", days.text, NULL, NULL);
    }
    for (size_t i = 0; i < sizeof of_quarters / sizeof *of_quarters; i++) {
        say("HSET", quarters.text, of_quarters[i].field, of_quarters[i].value);
        if (read_quarters() != JALON_DAMAGED)
            fail_msg("%s %s", of_quarters[i].field, of_quarters[i].value);
        say("DEL", quarters.text, NULL, NULL);
    }
    say("SET", days.text, "rubbish", NULL);
    say("SET", quarters.text, "rubbish", NULL);
    assert_int_equal(read_days(FIRST), JALON_BAD_REPLY);
    assert_int_equal(read_days(FIRST + 90), JALON_BAD_REPLY);
    assert_int_equal(read_quarters(), JALON_BAD_REPLY);
    assert_int_equal(put_now("a", "{}", 0), JALON_OK); /* the handle goes on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_what_is_no_count_is_damaged),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
