#include "core/traffic/agents.h"

#include "tests/unit/guard_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define IPHONE                                                                                     \
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "    \
    "Gecko) "
#define ANDROID "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
#define WEBVIEW                                                                                    \
    "Mozilla/5.0 (Linux; Android 14; SM-S918B; wv) AppleWebKit/537.36 (KHTML, like Gecko) "        \
    "Version/4.0 "
#define WINDOWS "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "

static struct guard_page guard;
static struct agents *agents;
static struct agent_matcher *matcher;

static struct agent classify(const char *text)
{
    return agent_classify(matcher, guard_page_copy(&guard, slice_of_string(text)));
}

static int open_builtin(void **state)
{
    (void)state;
    unsigned line = 0;
    int err = agents_open(&agents, NULL, &line);
    if (err)
        fail_msg("agents.txt:%u: %s", line, jalon_error_name(err));
    assert_int_equal(agent_matcher_new(&matcher, agents, 16), JALON_OK);
    return 0;
}

static int close_builtin(void **state)
{
    (void)state;
    matcher = agent_matcher_free(matcher);
    agents = agents_free(agents);
    assert_null(agents_free(NULL));
    assert_null(agent_matcher_free(NULL));
    return 0;
}

static void test_people(void **state)
{
    (void)state;
    static const struct {
        const char *agent, *device, *system, *app;
    } rows[] = {
        {IPHONE "Version/17.5 Mobile/15E148 Safari/604.1", "phone", "ios", "safari"},
        {IPHONE "CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1", "phone", "ios", "chrome"},
        {IPHONE "Mobile/15E148", "phone", "ios", "safari"},
        {IPHONE "Mobile/21F79 Instagram 330.0.3.29.91 (iPhone14,3; iOS 17_5)", "phone", "ios",
         "instagram"},
        {IPHONE "Mobile/21F79 [FBAN/FBIOS;FBAV/465.0.0.41.103]", "phone", "ios", "facebook"},
        {IPHONE "Mobile/21F79 [FBAN/MessengerForiOS;FBAV/450.0]", "phone", "ios", "messenger"},
        {IPHONE "Mobile/21F79 Barcelona 334.0.0.20.104", "phone", "ios", "threads"},
        {IPHONE "GSA/318.0.637421087 Mobile/15E148 Safari/604.1", "phone", "ios", "google"},
        {IPHONE "Mobile/15E148 Twitter for iPhone/10.38.1", "phone", "ios", "twitter"},
        {IPHONE "Mobile/15E148 [Pinterest/iOS]", "phone", "ios", "pinterest"},
        {IPHONE "Mobile/15E148 MicroMessenger/8.0.49", "phone", "ios", "wechat"},
        {"Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/16.6 "
         "Mobile/15E148 Safari/604.1",
         "tablet", "ios", "safari"},
        {ANDROID "Chrome/126.0.0.0 Mobile Safari/537.36", "phone", "android", "chrome"},
        {ANDROID "Chrome/126.0.0.0 Safari/537.36", "tablet", "android", "chrome"},
        {ANDROID "SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36", "phone", "android",
         "samsung"},
        {ANDROID "Chrome/125.0.0.0 Mobile Safari/537.36 OPR/82.0", "phone", "android", "opera"},
        {ANDROID "Chrome/125.0.0.0 Safari/537.36 Telegram-Android/12.3.1 (Samsung)", "phone",
         "android", "telegram"},
        {WEBVIEW "Chrome/125.0.0.0 Mobile Safari/537.36 WhatsApp/2.24.9.78", "phone", "android",
         "whatsapp"},
        {WEBVIEW "Chrome/85.0 Mobile Safari/537.36 trill_2021806060 JsSdk/1.0 Channel/googleplay "
                 "AppName/musical_ly",
         "phone", "android", "tiktok"},
        {WEBVIEW "Chrome/85.0 Mobile Safari/537.36 Viber/11.9.5.8", "phone", "android", "other"},
        {WEBVIEW "Chrome/85.0 Mobile Safari/537.36 SomeApp/1.0", "phone", "android", "chrome"},
        {WINDOWS "Chrome/126.0.0.0 Safari/537.36", "desktop", "windows", "chrome"},
        {WINDOWS "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "desktop", "windows", "edge"},
        {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/17.5 "
         "Safari/605.1.15",
         "desktop", "macos", "safari"},
        {"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "desktop",
         "linux", "firefox"},
        {"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/125.0.0.0 "
         "Safari/537.36",
         "desktop", "chromeos", "chrome"},
        {"Mozilla/5.0 (PlayStation 4 11.00) AppleWebKit/605.1.15 (KHTML, like Gecko)", "console",
         "other", ""},
        {"Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0 "
         "Safari/537.36",
         "tv", "other", "chrome"},
        {"Mozilla/5.0 (Linux; Android 10; CUBOT_P40) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/110.0 "
         "Mobile Safari/537.36",
         "phone", "android", "chrome"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct agent agent = classify(rows[i].agent);
        assert_int_equal(agent.class, CLICK_HUMAN);
        assert_int_equal(agent.reason, CLICK_REASON_NONE);
        if (strcmp(device_name(agent.device), rows[i].device) ||
            strcmp(system_name(agent.system), rows[i].system) ||
            strcmp(app_name(agent.app), rows[i].app))
            fail_msg("%s: %s %s %s", rows[i].agent, device_name(agent.device),
                     system_name(agent.system), app_name(agent.app));
    }
}

static void test_machines(void **state)
{
    (void)state;
    static const struct {
        const char *agent;
        int class, reason;
    } rows[] = {
        {"", CLICK_BOT, CLICK_REASON_NO_AGENT},
        {" \t ", CLICK_BOT, CLICK_REASON_NO_AGENT},
        {"-", CLICK_BOT, CLICK_REASON_BOT_AGENT},
        {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", CLICK_BOT,
         CLICK_REASON_BOT_AGENT},
        {"UptimeRobot/2.0", CLICK_BOT, CLICK_REASON_MONITOR},
        {"curl/8.7.1", CLICK_BOT, CLICK_REASON_HTTP_LIBRARY},
        {"python-requests/2.31.0", CLICK_BOT, CLICK_REASON_HTTP_LIBRARY},
        {"facebookexternalhit/1.1", CLICK_PREVIEW, CLICK_REASON_PREVIEW_AGENT},
        {"WhatsApp/2.23.20.0 A", CLICK_PREVIEW, CLICK_REASON_PREVIEW_AGENT},
        {"TelegramBot (like TwitterBot)", CLICK_PREVIEW, CLICK_REASON_PREVIEW_AGENT},
        {"Pinterest/0.2 (+https://www.pinterest.com/bot.html)", CLICK_PREVIEW,
         CLICK_REASON_PREVIEW_AGENT},
        /* An in-app token beats every generic one … */
        {WEBVIEW "Chrome/85.0 Mobile Safari/537.36 Instagram 1.0 (crawler; http://x.example/bot)",
         CLICK_HUMAN, CLICK_REASON_NONE},
        /* … unless a preview's token stands in the same string. */
        {IPHONE "Mobile/21F79 Instagram 330.0.3.29.91 facebookexternalhit/1.1", CLICK_PREVIEW,
         CLICK_REASON_PREVIEW_AGENT},
        {"Mozilla/5.0 (X11) Snap URL Preview Service; bot; Snapchat/12.0", CLICK_PREVIEW,
         CLICK_REASON_PREVIEW_AGENT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct agent agent = classify(rows[i].agent);
        assert_int_equal(agent.class, rows[i].class);
        assert_int_equal(agent.reason, rows[i].reason);
        if (agent.class != CLICK_HUMAN)
            assert_int_equal(agent.device | agent.system | agent.app, 0);
    }
    assert_int_equal(agent_classify(matcher, SLICE_NONE).reason, CLICK_REASON_NO_AGENT);
}

static void test_odd_bytes(void **state)
{
    (void)state;
    static const char nul[] = "Mozilla/5.0 (iPhone) \0 Googlebot/2.1";
    struct slice text = guard_page_copy(&guard, slice_of(nul, sizeof nul - 1));
    assert_int_equal(agent_classify(matcher, text).class, CLICK_BOT);
    assert_int_equal(classify("\xff\xfe\x80").class, CLICK_BOT);
    assert_int_equal(classify(IPHONE "Version/17.5 \xe2\x82\xac Mobile Safari").class, CLICK_HUMAN);
    char all[256];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (char)i;
    (void)agent_classify(matcher, guard_page_copy(&guard, slice_of(all, sizeof all)));
}

/* What stands behind the first AGENT_BYTES_MAX bytes is not looked at. */
static void test_long_agents(void **state)
{
    (void)state;
    static char text[65536];
    memset(text, 'a', sizeof text);
    memcpy(text, IPHONE, sizeof IPHONE - 1);
    memcpy(text + AGENT_BYTES_MAX - 10, " Googlebot", 10);
    struct slice all = slice_of(text, sizeof text);
    assert_int_equal(agent_classify(matcher, slice_first(all, AGENT_BYTES_MAX)).class, CLICK_BOT);
    memmove(text + AGENT_BYTES_MAX - 5, text + AGENT_BYTES_MAX - 10, 10);
    assert_int_equal(agent_classify(matcher, all).class, CLICK_HUMAN);
    /* Nothing that a stranger sends makes the patterns run away. */
    static const char *const fillers[] = {"a",
                                          "(",
                                          ";",
                                          "@",
                                          ".",
                                          "bot",
                                          "Safari/",
                                          "Android ",
                                          "x.com",
                                          "Mozilla/5.0 (compatible; ",
                                          "Linux x86_64 "};
    for (size_t i = 0; i < COUNT(fillers); i++) {
        size_t size = strlen(fillers[i]);
        for (size_t at = 0; at + size <= AGENT_BYTES_MAX; at += size)
            memcpy(text + at, fillers[i], size);
        (void)agent_classify(matcher, slice_first(all, AGENT_BYTES_MAX));
    }
}

/* The same verdicts with no memory, with one slot for all, and with enough; first time and second. */
static void test_memory(void **state)
{
    (void)state;
    static const size_t slots[] = {0, 1, 2, 100};
    for (size_t s = 0; s < COUNT(slots); s++) {
        struct agent_matcher *small = NULL;
        assert_int_equal(agent_matcher_new(&small, agents, slots[s]), JALON_OK);
        for (unsigned i = 0; i < 300; i++) {
            char text[700];
            bool is_bot = i % 3 == 0;
            int size = snprintf(text, sizeof text, IPHONE "Version/17.5 Mobile Safari/604.1 %s%0*u",
                                is_bot ? "Googlebot/" : "X/", (int)(i % 30 * 14 + 1), i % 60);
            struct slice agent = guard_page_copy(&guard, slice_of(text, (size_t)size));
            struct agent first = agent_classify(small, agent),
                         second = agent_classify(small, agent);
            assert_int_equal(first.class, is_bot ? CLICK_BOT : CLICK_HUMAN);
            assert_memory_equal(&first, &second, sizeof first);
        }
        assert_null(agent_matcher_free(small));
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(device_name(0), "");
    assert_string_equal(device_name(5), "console");
    assert_string_equal(device_name(6), "");
    assert_string_equal(device_name(255), "");
    assert_string_equal(system_name(0), "");
    assert_string_equal(system_name(7), "other");
    assert_string_equal(system_name(8), "");
    assert_string_equal(app_name(0), "");
    assert_string_equal(app_name(24), "other");
    assert_string_equal(app_name(25), "");
}

/* Opens patterns from a file of this text. */
static int open_text(struct agents **ret_agents, const char *text, unsigned *ret_line)
{
    char path[] = "/tmp/jalon-agents-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
    int err = agents_open(ret_agents, path, ret_line);
    assert_int_equal(unlink(path), 0);
    return err;
}

static void test_replaced_file(void **state)
{
    (void)state;
    struct agents *own = NULL;
    struct agent_matcher *own_matcher = NULL;
    assert_int_equal(
        open_text(
            &own,
            "app other zz|a$\n"
            "app edge [E]dg/\n"
            "app safari [Z]ed|^Yes\n"
            "app line Yup/\n"
            "app chrome Chrome/|Zed/|Yes/|^Yup\n"
            "app edge Edge/\n"
            "bot ^one|[|]two|(?:a|b)three|[]|]four\\|five|(?<=x|y)six|seven?|[[:digit:]|]eight\n"
            "bot \\(nine|(?-i:TEN)\n",
            NULL),
        JALON_OK);
    assert_int_equal(agent_matcher_new(&own_matcher, own, 8), JALON_OK);
    static const struct {
        const char *agent;
        bool is_bot;
        const char *app;
    } rows[] = {
        {"Chrome/1 Edg/2", false, "edge"},
        {"Chrome/1 Edge/2", false, "chrome"}, /* the first row, not the first in the string */
        {"Chrome/1 Edg/2 zz", false, "other"},
        {"Chrome/1 a", false, "other"},
        {"Zed/1", false, "safari"}, /* where both begin at one place, too */
        {"Yes/1", false, "safari"},
        {"No Yes/1", false, "chrome"},
        {"Yup/1", false, "line"},
        {"Chrome/1 ab", false, "chrome"},
        {"ONE and", true, ""},
        {"and one", false, ""},
        {"xx|two", true, ""},
        {"xx two", false, ""},
        {"xathree", true, ""},
        {"xx]four|five", true, ""},
        {"xx|four|five", true, ""},
        {"xx]four", false, ""},
        {"xsix", true, ""},
        {"six", false, ""},
        {"seve", true, ""},
        {"3eight", true, ""},
        {"|eight", true, ""},
        {"]eight", false, ""},
        {"x(nine", true, ""},
        {"xTENx", true, ""},
        {"xtenx", false, ""},
        {"Googlebot/2.1", false, ""}, /* the file replaces ours */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct agent agent = agent_classify(own_matcher, slice_of_string(rows[i].agent));
        if ((agent.class == CLICK_BOT) != rows[i].is_bot ||
            strcmp(app_name(agent.app), rows[i].app))
            fail_msg("%s: %d %s", rows[i].agent, agent.class, app_name(agent.app));
    }
    assert_null(agent_matcher_free(own_matcher));
    assert_null(agents_free(own));
    assert_int_equal(open_text(&own, "# nothing\n", NULL), JALON_OK);
    assert_null(agents_free(own));
}

static void test_refused_files(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int error;
        unsigned line;
    } rows[] = {
        {"bot a\nbot (\n", JALON_MALFORMED, 2},
        {"bot a)|(b\n", JALON_MALFORMED, 1},
        {"bot [a\n", JALON_MALFORMED, 1},
        {"bot (a)\\1\n", JALON_MALFORMED, 1},
        {"bot (?<n>a)\\k<n>\n", JALON_MALFORMED, 1},
        {"bot a(*ACCEPT)\n", JALON_MALFORMED, 1},
        {"bot (*UTF)a\n", JALON_MALFORMED, 1},
        {"bot \\Qa|b\\E\n", JALON_MALFORMED, 1},
        {"bot a(?#()|b\n", JALON_MALFORMED, 1},
        {"bot (?-i)A|b\n", JALON_MALFORMED, 1},
        {"bot (?x: a )\n", JALON_MALFORMED, 1},
        {"bot \\C\n", JALON_MALFORMED, 1},
        {"nonsense\n", JALON_MALFORMED, 1},
        {"# one\n\napp browser x\n", JALON_MALFORMED, 3},
        /* Patterns that would cost people their clicks: against our samples, and the file's own. */
        {"bot googlebot\nbot AP3A\\.240617\\.008\n", JALON_INVALID, 2},
        {"bot google\n", JALON_INVALID, 1},
        {"preview Instagram\n", JALON_INVALID, 1},
        {"monitor Mozilla\n", JALON_INVALID, 1},
        {"library Safari\n", JALON_INVALID, 1},
        {"bot bot\n", JALON_INVALID, 1}, /* Cubot */
        {"bot a?\n", JALON_INVALID, 1},
        {"person My Own App 1\n\nbot own app\n", JALON_INVALID, 3},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct agents *own = NULL;
        unsigned line = 0;
        assert_int_equal(open_text(&own, rows[i].text, &line), rows[i].error);
        assert_int_equal(line, rows[i].line);
        assert_null(own);
    }
    struct agents *own = NULL;
    unsigned line = 99;
    assert_int_equal(agents_open(&own, "/nonexistent/agents.txt", &line), JALON_IO);
    assert_int_equal(line, 0);
    assert_int_equal(agents_open(&own, "/", NULL), JALON_IO);
    assert_null(own);
}

/* A pattern of another's making may be slow; it may not hold up a worker. */
static void test_runaway_pattern(void **state)
{
    (void)state;
    struct agents *own = NULL;
    struct agent_matcher *own_matcher = NULL;
    char text[200];
    memset(text, 'z', sizeof text);
    assert_int_equal(open_text(&own, "bot (?:z+z+)+y\n", NULL), JALON_OK);
    assert_int_equal(agent_matcher_new(&own_matcher, own, 0), JALON_OK);
    assert_int_equal(agent_classify(own_matcher, slice_of(text, sizeof text)).class, CLICK_HUMAN);
    assert_null(agent_matcher_free(own_matcher));
    assert_null(agents_free(own));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_people),          cmocka_unit_test(test_machines),
        cmocka_unit_test(test_odd_bytes),       cmocka_unit_test(test_long_agents),
        cmocka_unit_test(test_memory),          cmocka_unit_test(test_names),
        cmocka_unit_test(test_replaced_file),   cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_runaway_pattern),
    };
    guard = guard_page_new(4096);
    int failed = cmocka_run_group_tests(tests, open_builtin, close_builtin);
    guard_page_free(&guard);
    return failed;
}
