#include "redirector/redirect.h"

#include "redirector/campaigns.h"
#include "tests/unit/redirector/small_worker.h"

#include "jalon/click.h"

#define FALLBACK_JSON                                                                              \
    "{\"v\":1,\"campaign\":\"trail\",\"target\":\"https://shop.example/trail\","                   \
    "\"fallback\":\"https://shop.example/over?x=1#y\"," CAMPAIGN_REST "}"

static const struct route code_route = {.shape = "/*", .handle = redirect_code};
static const struct route token_route = {.shape = "/o/:", .handle = redirect_token};

static struct small_worker small;
static struct request request;

static int set_up(void **state)
{
    (void)state;
    small_worker_start(&small);
    small_worker_know_campaign(&small, CAMPAIGN_JSON);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    small_worker_end(&small);
    return 0;
}

static void start(const struct route *route, const char *argument)
{
    request_init(&request, &small, route, argument);
}

static void run(void)
{
    request.exchange.route->handle(&request.exchange);
}

static void answer(const char *json)
{
    resolver_hear_link(small.worker.resolver, small.asked[(small.links_asked - 1) % ASKED_MAX],
                       slice_of_string(json));
}

static void know(const char *slug, const char *json)
{
    start(&code_route, slug);
    run();
    answer(json);
}

static void expect_status(int status)
{
    assert_int_equal(request.finished, 1);
    assert_int_equal(request.exchange.status, status);
}

static struct slice location(void)
{
    static const char name[] = "\r\nLocation: ";
    assert_non_null(buffer_string(&request.out));
    const char *start_of = strstr(request.out.data, name);
    assert_non_null(start_of);
    start_of += sizeof name - 1;
    return slice_of(start_of, strcspn(start_of, "\r"));
}

/* The location is `before` and a click id of `link_id`. */
static void expect_click(const char *before, uint64_t link_id)
{
    expect_status(302);
    struct slice place = location();
    assert_int_equal(place.size, strlen(before) + JALON_CLICK_ID_SIZE);
    assert_memory_equal(place.data, before, strlen(before));
    uint64_t signed_link;
    int64_t at_ms;
    assert_int_equal(jalon_click_verify(small.snapshot.keys, "trail", place.data + strlen(before),
                                        JALON_CLICK_ID_SIZE, &signed_link, &at_ms, NULL),
                     JALON_OK);
    assert_true(signed_link == link_id);
    assert_true(at_ms == small.worker.now_ms);
}

static uint64_t journalled(void)
{
    return journal_end(click_log_journal(small.worker.click_log));
}

/* The journal's entries, by kind; the last click goes to *ret_click. */
static void count_entries(unsigned *ret_clicks, unsigned *ret_links, struct click_record *ret_click)
{
    struct journal_reader *reader;
    struct journal_entry entry;
    *ret_clicks = *ret_links = 0;
    uint64_t incarnation = journal_incarnation(click_log_journal(small.worker.click_log));
    assert_int_equal(journal_reader_open(&reader, small.folder, incarnation), JALON_OK);
    while (journal_reader_next(reader, &entry, NULL) == JALON_OK) {
        *ret_clicks += entry.kind == JOURNAL_CLICK;
        *ret_links += entry.kind == JOURNAL_LINK;
        if (entry.kind == JOURNAL_CLICK) {
            assert_int_equal(click_record_read(ret_click, entry.payload), JALON_OK);
            ret_click->source = SLICE_NONE;
        }
    }
    journal_reader_free(reader);
}

static uint64_t id_of(const char *code)
{
    uint64_t link_id;
    assert_int_equal(jalon_link_id(code, strlen(code), &link_id), JALON_OK);
    return link_id;
}

static void test_a_click(void **state)
{
    (void)state;
    char code[JALON_LINK_CODE_SIZE + 1];
    small_worker_mint(&small, 1, code);
    start(&code_route, code);
    request.exchange.request.query = SLICE("ref=a&utm_source=mine&jclid=mine");
    request.exchange.request.referer = SLICE("https://www.instagram.com/");
    run();
    assert_int_equal(request.finished, 0); /* parked */
    answer(LINK_JSON(""));
    expect_click("https://shop.example/trail?utm_source=instagram&ref=a&jclid=", id_of(code));
    unsigned clicks, links;
    struct click_record click;
    count_entries(&clicks, &links, &click);
    assert_int_equal(clicks, 1);
    assert_int_equal(links, 0);
    assert_true(click.link_id == id_of(code));
    assert_int_equal(click.class, CLICK_HUMAN);
    assert_int_equal(click.device, 1); /* a phone */
    assert_true(click.visitor != 0);
    assert_int_equal(counter_get(&small.counters, clicks_human), 1);
    assert_int_equal(counter_get(&small.counters, redirects), 1);
}

static void test_head(void **state)
{
    (void)state;
    know("marie-trail", LINK_JSON(""));
    uint64_t before = journalled();
    start(&code_route, "marie-trail");
    request.exchange.request.method = HTTP_HEAD_METHOD;
    run();
    expect_status(302);
    assert_true(slice_is(location(), "https://shop.example/trail?utm_source=instagram"));
    assert_true(journalled() == before);
    assert_int_equal(counter_get(&small.counters, clicks_human), 1); /* know()'s own */
}

static void test_slugs_are_typed_by_people(void **state)
{
    (void)state;
    know("marie-trail", LINK_JSON(""));
    static const char *const good[] = {"Marie-Trail",    "MARIE-TRAIL",  "marie-trail/",
                                       "marie-trail.",   "marie-trail,", "marie-trail)",
                                       "Marie-trail).,/"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        start(&code_route, good[i]);
        run();
        expect_status(302);
    }
    static const char *const bad[] = {
        "",
        "/",
        ".,",
        "marie/trail",
        "marie-trail/x",
        "marie_trail",
        "marie trail",
        "marie%2xtrail",
        "marie-trail%",
        "marie%2ftrail",
        "marie%252dtrail", /* decoded once only */
        "marie-trail%00",
        "marie-trail;",
        "(marie-trail",
        "marie-tr\xc3\xa9il",
        "marie-trail?",
        "*",
        "0123456789012345678901234567890123456789012345678901234567890123x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        start(&code_route, bad[i]);
        run();
        expect_status(404);
    }
    assert_int_equal(small.links_asked, 1);
}

static void test_codes_are_not_slugs(void **state)
{
    (void)state;
    static const char *const forged[] = {"abcdefghijkl", "ABCDEFGHIJKL", "000000000000",
                                         "abcdefghijkl."};
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        start(&code_route, forged[i]);
        run();
        expect_status(404);
    }
    assert_int_equal(small.links_asked, 0);
    assert_int_equal(counter_get(&small.counters, forged_codes), 4);
}

static void test_over(void **state)
{
    (void)state;
    static const struct {
        const char *campaign, *link;
        int status;
        const char *location;
    } rows[] = {
        {CAMPAIGN_JSON, LINK_JSON(",\"expires_ms\":1796040000000"), 410, NULL},
        {CAMPAIGN_JSON, LINK_JSON(",\"expires_ms\":1796040000001"), 302, NULL},
        {FALLBACK_JSON, LINK_JSON(",\"expires_ms\":1796040000000"), 302,
         "https://shop.example/over?x=1#y"},
        {CAMPAIGN_JSON, LINK_JSON(",\"disabled\":true"), 410, NULL},
        {FALLBACK_JSON, LINK_JSON(",\"disabled\":true,\"expires_ms\":1"), 410, NULL},
        {"{\"v\":1,\"campaign\":\"trail\",\"target\":\"https://shop.example/\","
         "\"start_ms\":1796040000001," CAMPAIGN_REST "}",
         LINK_JSON(""), 404, NULL},
        {"{\"v\":1,\"campaign\":\"trail\",\"target\":\"https://shop.example/\",\"fallback\":"
         "\"https://shop.example/over\",\"start_ms\":1796040000001," CAMPAIGN_REST "}",
         LINK_JSON(""), 404, NULL}, /* the fallback is for what is over */
        {"{\"v\":1,\"campaign\":\"trail\",\"target\":\"https://shop.example/\","
         "\"start_ms\":1796040000000,\"end_ms\":1796040000001," CAMPAIGN_REST "}",
         LINK_JSON(""), 302, NULL},
        {"{\"v\":1,\"campaign\":\"trail\",\"target\":\"https://shop.example/\","
         "\"end_ms\":1796040000000," CAMPAIGN_REST "}",
         LINK_JSON(""), 410, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        small_worker_know_campaign(&small, rows[i].campaign);
        uint64_t before = journalled();
        resolver_renew(small.worker.resolver);
        know("marie-trail", rows[i].link);
        expect_status(rows[i].status);
        if (rows[i].location)
            assert_true(slice_is(location(), rows[i].location));
        bool is_counted = rows[i].status == 302 && !rows[i].location;
        assert_int_equal(journalled() > before, is_counted);
    }
}

static void mint(char ret_token[JALON_TOKEN_SIZE_MAX + 1], const char *target, int64_t expires_at)
{
    assert_int_equal(jalon_token_mint(small.snapshot.keys, "trail", "marie", "bio", target,
                                      expires_at, ret_token, JALON_TOKEN_SIZE_MAX + 1),
                     JALON_OK);
}

static void test_portable(void **state)
{
    (void)state;
    char token[JALON_TOKEN_SIZE_MAX + 1];
    static const struct {
        const char *target;
        int64_t expires_at;
        int status;
    } rows[] = {
        {NULL, 0, 302},
        {"https://shop.example/x", 0, 302},
        {"https://SHOP.example./x", NOON / 1000 + 1, 302},
        {NULL, NOON / 1000, 410},
        {"https://other.example/x", 0, 404}, /* a host that the campaign does not allow */
        {"https://shop.example.evil.example/", 0, 404},
        {"https://www.shop.example/", 0, 404},
    };
    small.is_store_refusing = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mint(token, rows[i].target, rows[i].expires_at);
        start(&token_route, token);
        run();
        expect_status(rows[i].status);
    }
}

static void test_portable_is_registered_once(void **state)
{
    (void)state;
    char token[JALON_TOKEN_SIZE_MAX + 1];
    mint(token, NULL, 0);
    unsigned clicks, links;
    struct click_record click;
    for (unsigned i = 1; i <= 3; i++) {
        start(&token_route, token);
        run();
        if (i == 1)
            answer(""); /* the store knows nothing of it */
        expect_status(302);
        count_entries(&clicks, &links, &click);
        assert_int_equal(clicks, i);
        assert_int_equal(links, 1);
    }
    token[20] = token[20] == 'A' ? 'B' : 'A';
    start(&token_route, token);
    run();
    expect_status(404);
}

/* Guessing at slugs: a page that says when to come again; links that are known here go on. */
static void test_too_many_unknown_slugs(void **state)
{
    (void)state;
    know("marie-trail", LINK_JSON(""));
    small.snapshot.settings.unknown_slugs = 1;
    know("nobody-1", "");
    expect_status(404);
    start(&code_route, "nobody-2");
    run();
    expect_status(429);
    assert_non_null(buffer_string(&request.out));
    assert_non_null(strstr(request.out.data, "\r\nRetry-After: 60\r\n"));
    assert_non_null(strstr(request.out.data, "<h1>"));
    assert_int_equal(small.links_asked, 2);
    start(&code_route, "marie-trail");
    run();
    expect_status(302);
}

/* The store may come back without it when the first segment is gone already. */
static void test_portable_is_registered_in_each_segment(void **state)
{
    (void)state;
    char token[JALON_TOKEN_SIZE_MAX + 1];
    mint(token, NULL, 0);
    struct journal *journal = click_log_journal(small.worker.click_log);
    unsigned clicks, links;
    struct click_record click;
    for (unsigned i = 0; journal_segment(journal) < 3; i++) {
        assert_int_equal(journal_tend(journal, false, 0, 0, 1), JALON_OK);
        start(&token_route, token);
        run();
        if (i == 0)
            answer(""); /* the store knows nothing of it */
        expect_status(302);
    }
    count_entries(&clicks, &links, &click);
    assert_int_equal(links, 4);
}

static void test_classes(void **state)
{
    (void)state;
    know("marie-trail", LINK_JSON(""));
    static const struct {
        const char *agent;
        bool is_prefetch;
        uint8_t class;
    } rows[] = {
        {NULL, false, CLICK_DUPLICATE}, /* know() was the phone's first */
        {NULL, true, CLICK_PREFETCH},
        {"", false, CLICK_BOT},
        {"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", true,
         CLICK_PREVIEW},
        {"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/126.0.0.0 Mobile Safari/537.36",
         false, CLICK_HUMAN},
        {NULL, false, CLICK_DUPLICATE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        start(&code_route, "marie-trail");
        if (rows[i].agent)
            request.exchange.request.user_agent = slice_of_string(rows[i].agent);
        request.exchange.request.is_prefetch = rows[i].is_prefetch;
        run();
        expect_status(302);
        assert_int_equal(request.exchange.click_class, rows[i].class);
        unsigned clicks, links;
        struct click_record click;
        count_entries(&clicks, &links, &click);
        assert_int_equal(click.class, rows[i].class);
    }
    small.worker.monotonic_ms += 10000;
    start(&code_route, "marie-trail");
    run();
    assert_int_equal(request.exchange.click_class, CLICK_HUMAN);
}

/* Nobody tends the journal: it is at its bound after one segment. */
static void test_journal_full(void **state)
{
    (void)state;
    know("marie-trail", LINK_JSON(""));
    struct click_record filler = {.link_id = 1, .at_ms = 1, .class = CLICK_BOT};
    while (click_log_append(small.worker.click_log, &filler) == JALON_OK)
        ;
    small.worker.monotonic_ms += 10000; /* the next click would count */
    uint64_t before = journalled();
    small.snapshot.settings.when_full = FULL_REFUSE;
    start(&code_route, "marie-trail");
    run();
    expect_status(503);
    assert_int_equal(counter_get(&small.counters, clicks_uncounted), 0);

    small.snapshot.settings.when_full = FULL_REDIRECT;
    start(&code_route, "marie-trail");
    run();
    expect_click("https://shop.example/trail?utm_source=instagram&jclid=", id_of("marie-trail"));
    assert_int_equal(counter_get(&small.counters, clicks_uncounted), 1);
    assert_int_equal(counter_get(&small.counters, clicks_human), 1);
    assert_true(journalled() == before);
    /* What was refused did not take the place of the visitor's next click. */
    assert_int_equal(request.exchange.click_class, CLICK_HUMAN);
}

static void test_sync_always(void **state)
{
    (void)state;
    know("marie-trail", LINK_JSON(""));
    small.snapshot.settings.sync = SYNC_ALWAYS;
    start(&code_route, "marie-trail");
    run();
    assert_int_equal(request.finished, 0);
    assert_int_equal(journal_tend(click_log_journal(small.worker.click_log), true, 0, 0, 0),
                     JALON_OK);
    click_log_resume(small.worker.click_log, small.worker.monotonic_ms);
    expect_status(302);
}

static void test_store_away(void **state)
{
    (void)state;
    know("marie-trail", LINK_JSON(""));
    resolver_set_homes(small.worker.resolver, 0);
    small.worker.monotonic_ms += 60000;
    start(&code_route, "marie-trail");
    run();
    expect_status(302);
    start(&code_route, "tom-trail");
    run();
    expect_status(503);
    assert_non_null(buffer_string(&request.out));
    assert_non_null(strstr(request.out.data, "\r\nRetry-After: "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_click),
        TEST(test_head),
        TEST(test_slugs_are_typed_by_people),
        TEST(test_codes_are_not_slugs),
        TEST(test_over),
        TEST(test_portable),
        TEST(test_portable_is_registered_once),
        TEST(test_too_many_unknown_slugs),
        TEST(test_portable_is_registered_in_each_segment),
        TEST(test_classes),
        TEST(test_journal_full),
        TEST(test_sync_always),
        TEST(test_store_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
