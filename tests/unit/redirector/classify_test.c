#include "redirector/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* CONTRACT, what is counted: the first that holds decides: preview, bot, prefetch, datacenter. */
static void test_order(void **state)
{
    (void)state;
    static const struct {
        uint8_t agent_class, agent_reason;
        bool is_prefetch;
        uint8_t network;
        uint8_t expect_class, expect_reason;
    } rows[] = {
        {CLICK_HUMAN, 0, false, NETWORK_UNKNOWN, CLICK_HUMAN, CLICK_REASON_NONE},
        {CLICK_HUMAN, 0, false, NETWORK_CONSUMER, CLICK_HUMAN, CLICK_REASON_NONE},
        {CLICK_HUMAN, 0, false, NETWORK_RELAY, CLICK_HUMAN, CLICK_REASON_NONE},
        {CLICK_HUMAN, 0, false, NETWORK_HOSTING, CLICK_DATACENTER, CLICK_REASON_HOSTING_NETWORK},
        {CLICK_HUMAN, 0, true, NETWORK_CONSUMER, CLICK_PREFETCH, CLICK_REASON_PREFETCH_HEADER},
        {CLICK_HUMAN, 0, true, NETWORK_HOSTING, CLICK_PREFETCH, CLICK_REASON_PREFETCH_HEADER},
        {CLICK_BOT, CLICK_REASON_NO_AGENT, false, NETWORK_CONSUMER, CLICK_BOT,
         CLICK_REASON_NO_AGENT},
        {CLICK_BOT, CLICK_REASON_MONITOR, true, NETWORK_HOSTING, CLICK_BOT, CLICK_REASON_MONITOR},
        {CLICK_BOT, CLICK_REASON_HTTP_LIBRARY, true, NETWORK_CONSUMER, CLICK_BOT,
         CLICK_REASON_HTTP_LIBRARY},
        {CLICK_PREVIEW, CLICK_REASON_PREVIEW_AGENT, true, NETWORK_HOSTING, CLICK_PREVIEW,
         CLICK_REASON_PREVIEW_AGENT},
        {CLICK_PREVIEW, CLICK_REASON_PREVIEW_AGENT, false, NETWORK_RELAY, CLICK_PREVIEW,
         CLICK_REASON_PREVIEW_AGENT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct agent agent = {.class = rows[i].agent_class, .reason = rows[i].agent_reason};
        struct place place = {.network = rows[i].network};
        uint8_t class = 0, reason = 0xff;
        classify_decide(&agent, rows[i].is_prefetch, &place, &class, &reason);
        assert_int_equal(class, rows[i].expect_class);
        assert_int_equal(reason, rows[i].expect_reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
