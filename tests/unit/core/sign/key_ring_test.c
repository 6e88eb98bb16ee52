#include "core/sign/key_ring.h"

#include "core/sign/ring.h"
#include "jalon/jalon.h"
#include "tests/unit/folder.h"
#include "tests/unit/core/sign/vectors.h"

#include <errno.h>
#include <sys/stat.h>

#define NOW 1764417600

static char *file_text(const char *path) /* freed by the caller */
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, RING_TEXT_MAX);
    assert_true(fread(text, 1, RING_TEXT_MAX - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void test_a_new_ring(void **state)
{
    (void)state;
    jalon_keys *keys = NULL;
    assert_int_equal(key_ring_new(&keys, NOW), JALON_OK);
    assert_int_equal(key_ring_size(keys), 1);
    assert_int_equal(jalon_keys_count(keys), 1);
    struct key_view view = key_ring_view(keys, 0);
    assert_int_equal(strlen(view.id), 8);
    assert_int_equal(view.state, KEY_ACTIVE);
    assert_int_equal(view.created_at, NOW);
    char code[JALON_LINK_CODE_SIZE + 1];
    assert_int_equal(jalon_link_code_mint(keys, 5, code), JALON_OK);
    jalon_keys *other;
    assert_int_equal(key_ring_new(&other, NOW), JALON_OK);
    assert_int_equal(jalon_link_code_verify(other, code, 12, NULL), JALON_BAD_SIGNATURE);
    jalon_keys_free(other);
    jalon_keys_free(keys);
}

static void test_rotation(void **state)
{
    (void)state;
    jalon_keys *keys;
    char old[JALON_LINK_CODE_SIZE + 1], new[JALON_LINK_CODE_SIZE + 1];
    assert_int_equal(key_ring_new(&keys, NOW), JALON_OK);
    assert_int_equal(jalon_link_code_mint(keys, 5, old), JALON_OK);
    assert_int_equal(key_ring_rotate(keys, NOW + 10), JALON_OK);
    assert_int_equal(jalon_link_code_mint(keys, 5, new), JALON_OK);
    assert_string_not_equal(old, new);
    assert_int_equal(jalon_link_code_verify(keys, old, 12, NULL), JALON_OK);
    assert_int_equal(key_ring_view(keys, 0).state, KEY_ACTIVE);
    assert_int_equal(key_ring_view(keys, 0).created_at, NOW + 10);
    struct key_view first = key_ring_view(keys, 1);
    assert_int_equal(first.state, KEY_VERIFY);

    size_t index = 99;
    assert_int_equal(key_ring_find_link_code(&index, keys, slice_of_string(old)), JALON_OK);
    assert_int_equal(index, 1);
    assert_int_equal(key_ring_find_link_code(&index, keys, slice_of_string(new)), JALON_OK);
    assert_int_equal(index, 0);

    assert_int_equal(key_ring_retire(keys, slice_of_string(first.id)), JALON_OK);
    assert_int_equal(jalon_link_code_verify(keys, old, 12, NULL), JALON_BAD_SIGNATURE);
    assert_int_equal(jalon_link_code_verify(keys, new, 12, NULL), JALON_OK);
    assert_int_equal(jalon_keys_count(keys), 1);
    assert_int_equal(key_ring_size(keys), 2);
    assert_int_equal(key_ring_retire(keys, slice_of_string(first.id)), JALON_OK);
    jalon_keys_free(keys);
}

static void test_retiring_refuses(void **state)
{
    (void)state;
    jalon_keys *keys = vectors_ring("ring.keys");
    assert_int_equal(key_ring_retire(keys, SLICE("a3a3a3a3")), JALON_INVALID); /* the active one */
    static const char *const unknown[] = {"00000000", "", "a2a2a2a", "a2a2a2a2a", "A2A2A2A2", "x"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_int_equal(key_ring_retire(keys, slice_of_string(unknown[i])), JALON_NOT_FOUND);
    assert_int_equal(jalon_keys_count(keys), 2);
    jalon_keys_free(keys);
}

static void test_eight_keys_work_and_no_more(void **state)
{
    (void)state;
    jalon_keys *keys;
    char code[JALON_LINK_CODE_SIZE + 1];
    assert_int_equal(key_ring_new(&keys, NOW), JALON_OK);
    assert_int_equal(jalon_link_code_mint(keys, 1, code), JALON_OK);
    for (int i = 1; i < JALON_KEYS_MAX; i++)
        assert_int_equal(key_ring_rotate(keys, NOW + i), JALON_OK);
    assert_int_equal(key_ring_rotate(keys, NOW + 99), JALON_FULL);
    assert_int_equal(key_ring_size(keys), JALON_KEYS_MAX);
    assert_int_equal(jalon_link_code_verify(keys, code, 12, NULL), JALON_OK);
    jalon_keys_free(keys);
}

static void test_of_retired_keys_the_latest_are_remembered(void **state)
{
    (void)state;
    jalon_keys *keys;
    assert_int_equal(key_ring_new(&keys, NOW), JALON_OK);
    struct key_view first = key_ring_view(keys, 0), second = {{0}, KEY_ACTIVE, 0};
    for (int i = 1; i <= RING_ROOM; i++) {
        assert_int_equal(key_ring_rotate(keys, NOW + i), JALON_OK);
        struct key_view before = key_ring_view(keys, 1);
        assert_int_equal(key_ring_retire(keys, slice_of_string(before.id)), JALON_OK);
        if (i == 2)
            second = before;
    }
    assert_int_equal(key_ring_size(keys), RING_ROOM);
    assert_string_equal(key_ring_view(keys, RING_ROOM - 1).id, second.id);
    assert_int_equal(key_ring_retire(keys, slice_of_string(first.id)), JALON_NOT_FOUND);
    char *folder = folder_new();
    const char *path = folder_file(folder, "keys");
    assert_int_equal(key_ring_save(keys, path), JALON_OK);
    jalon_keys *again;
    assert_int_equal(jalon_keys_open(&again, path), JALON_OK);
    assert_int_equal(key_ring_size(again), RING_ROOM);
    jalon_keys_free(again);
    jalon_keys_free(keys);
    folder_remove(folder);
}

static void test_a_clock_set_back_keeps_the_order(void **state)
{
    (void)state;
    jalon_keys *keys;
    assert_int_equal(key_ring_new(&keys, NOW), JALON_OK);
    assert_int_equal(key_ring_rotate(keys, NOW - 3600), JALON_OK);
    assert_int_equal(key_ring_view(keys, 0).created_at, NOW);
    assert_int_equal(key_ring_rotate(keys, -1), JALON_BAD_ARGUMENT);
    assert_int_equal(key_ring_rotate(keys, INT64_MAX), JALON_BAD_ARGUMENT);
    jalon_keys_free(keys);
    assert_int_equal(key_ring_new(&keys, -1), JALON_BAD_ARGUMENT);
}

static void test_saved_and_opened_it_is_the_same(void **state)
{
    (void)state;
    char *folder = folder_new();
    const char *path = folder_file(folder, "keys");
    jalon_keys *keys = vectors_ring("ring.keys"), *again;
    assert_int_equal(key_ring_save(keys, path), JALON_OK);
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 07777, 0600);
    assert_int_equal(jalon_keys_open(&again, path), JALON_OK);
    assert_int_equal(key_ring_size(again), 3);
    for (size_t i = 0; i < 3; i++) {
        struct key_view a = key_ring_view(keys, i), b = key_ring_view(again, i);
        assert_string_equal(a.id, b.id);
        assert_int_equal(a.state, b.state);
        assert_int_equal(a.created_at, b.created_at);
    }
    char code[JALON_LINK_CODE_SIZE + 1];
    assert_int_equal(jalon_link_code_mint(keys, 9, code), JALON_OK);
    assert_int_equal(jalon_link_code_verify(again, code, 12, NULL), JALON_OK);
    char *text = file_text(path);
    assert_non_null(strstr(text, "\nkey a1a1a1a1 retired 1735689600 d645cfcd"));
    free(text);
    jalon_keys_free(again);
    jalon_keys_free(keys);
    folder_remove(folder);
}

/* What we export, an independent implementation exported alike. */
static void test_export(void **state)
{
    (void)state;
    static const char *const purposes[] = {"portable", "code", "click"};
    char *folder = folder_new();
    const char *path = folder_file(folder, "exported");
    jalon_keys *keys = vectors_ring("ring.keys");
    for (size_t i = 0; i < 3; i++) {
        jalon_keys *exported;
        assert_int_equal(key_ring_export(&exported, keys, purposes[i], "spring-trail"), JALON_OK);
        assert_int_equal(key_ring_size(exported), 2); /* none that is retired */
        assert_int_equal(key_ring_save(exported, path), JALON_OK);
        char *ours = file_text(path), name[32];
        (void)snprintf(name, sizeof name, "%s.keys", purposes[i]);
        size_t size;
        char *theirs = vectors_file(name, &size);
        theirs[size] = '\0';
        char *note = strchr(ours, '#'), *behind = strchr(note, '\n') + 1;
        memmove(note, behind, strlen(behind) + 1); /* our comment is not theirs */
        assert_string_equal(ours, theirs);
        free(theirs);
        free(ours);
        jalon_keys *twice = NULL;
        assert_int_equal(key_ring_export(&twice, exported, purposes[i], "spring-trail"),
                         JALON_INVALID);
        assert_int_equal(key_ring_rotate(exported, NOW), JALON_INVALID);
        const char *why = NULL;
        assert_int_equal(key_ring_check(exported, &why), JALON_INVALID);
        assert_non_null(strstr(why, "exported"));
        assert_null(twice);
        jalon_keys_free(exported);
    }
    jalon_keys_free(keys);
    folder_remove(folder);
}

static void test_export_refuses(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"link", "spring-trail"},  {"", "spring-trail"}, {"master", "spring-trail"},
        {"Click", "spring-trail"}, {"click", "Spring"},  {"click", ""},
        {NULL, "spring-trail"},    {"click", NULL},      {"click", "a/b"},
    };
    jalon_keys *keys = vectors_ring("ring.keys"), *exported = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(key_ring_export(&exported, keys, bad[i][0], bad[i][1]),
                         JALON_BAD_ARGUMENT);
    assert_null(exported);
    jalon_keys_free(keys);
}

#define TITLE "jalon key ring 1\n"
#define SECRET1 "d645cfcd99fc4e7cd894fdb19a22f3789a5ce3f6e3f76aaeef2661042fbaa642"
#define KEY1 "key a1a1a1a1 active 1735689600 " SECRET1 " 2caf368e\n"
#define KEY2                                                                                       \
    "key a2a2a2a2 active 1748736000 "                                                              \
    "931410e48e43f3b254e5fee5734eed132111fc85a00985a2195d9a6bfff52a3b 5438bf37\n"
#define CLICK                                                                                      \
    "key a3a3a3a3 active 1764417600 "                                                              \
    "5960cafc8013af5d1abf19ed130e36e656b02a9de2610f42792fb2b478f13ce9 e8dd452f\n"

static void test_texts_that_are_rings(void **state)
{
    (void)state;
    static const char *const good[] = {
        TITLE KEY1,
        TITLE KEY2 KEY1,
        "# a comment\n\n" TITLE "#\n" KEY1 "\n\n# another\n",
        "jalon key ring 1\nkey a1a1a1a1 verify 1735689600 " SECRET1 " 2caf368e", /* no last LF */
        "jalon key ring 1\nkey a1a1a1a1 retired 1735689600 " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1a1 active 0 " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1a1 active 253402300799 " SECRET1 " 2caf368e\n",
        TITLE "purpose click\ncampaign spring-trail\n" CLICK,
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        jalon_keys *keys = NULL;
        assert_int_equal(jalon_keys_parse(&keys, good[i], strlen(good[i])), JALON_OK);
        jalon_keys_free(keys);
    }
}

static void test_texts_that_are_no_rings(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "\n",
        "#\n",
        TITLE,
        KEY1,
        "jalon key ring 2\n" KEY1,
        "jalon key ring 1 \n" KEY1,
        " jalon key ring 1\n" KEY1,
        "jalon key ring 1\r\n" KEY1,
        "Jalon key ring 1\n" KEY1,
        TITLE TITLE KEY1,
        TITLE KEY1 KEY1, /* the same id twice */
        TITLE KEY1 KEY2, /* older first */
        TITLE KEY1 "what\n",
        TITLE KEY1 "key\n",
        TITLE KEY1 "key \n",
        TITLE KEY1 "keys x\n",
        TITLE " " KEY1,
        "jalon key ring 1\nkey  a1a1a1a1 active 1735689600 " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1a1 active 1735689600  " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1a1 active 1735689600 " SECRET1 " 2caf368e \n",
        "jalon key ring 1\nkey a1a1a1a1 active 1735689600 " SECRET1 " 2caf368e x\n",
        "jalon key ring 1\nkey a1a1a1a1 active 1735689600 " SECRET1 " 2caf368e\r\n",
        "jalon key ring 1\nkey a1a1a1a1 active 1735689600 " SECRET1 "\n",
        "jalon key ring 1\nkey a1a1a1a1 active 1735689600 " SECRET1 " \n",
        "jalon key ring 1\nkey a1a1a1a1 active 1735689600 " SECRET1 " 2caf368f\n",
        "jalon key ring 1\nkey a1a1a1a1 active 1735689600 " SECRET1 " 2caf36\n",
        "jalon key ring 1\nkey a1a1a1a2 active 1735689600 " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1 active 1735689600 " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey A1A1A1A1 active 1735689600 " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1a1 Active 1735689600 " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1a1 asleep 1735689600 " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1a1 active -1 " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1a1 active 253402300800 " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1a1 active  " SECRET1 " 2caf368e\n",
        "jalon key ring 1\nkey a1a1a1a1 active 1735689600 x" SECRET1 " 2caf368e\n",
        TITLE "purpose click\n" CLICK,
        TITLE "campaign spring-trail\n" CLICK,
        TITLE "campaign spring-trail\npurpose click\n" CLICK,
        TITLE CLICK "purpose click\ncampaign spring-trail\n",
        TITLE "purpose click\ncampaign spring-trail\n" KEY1, /* a master's check */
        TITLE "purpose code\ncampaign spring-trail\n" CLICK, /* another purpose's */
        TITLE "purpose click\ncampaign other\n" CLICK,       /* another campaign's */
        TITLE "purpose link\ncampaign spring-trail\n" CLICK,
        TITLE "purpose click\npurpose click\ncampaign spring-trail\n" CLICK,
        TITLE "purpose click\ncampaign spring-trail\ncampaign spring-trail\n" CLICK,
        TITLE "purpose click\ncampaign Spring\n" CLICK,
        TITLE "purpose click \ncampaign spring-trail\n" CLICK,
        TITLE "purpose click\ncampaign \n" CLICK,
        TITLE "purpose click\ncampaign spring-trail\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        jalon_keys *keys = NULL;
        if (jalon_keys_parse(&keys, bad[i], strlen(bad[i])) != JALON_BAD_KEY_FILE || keys)
            fail_msg("row %zu", i);
    }
    jalon_keys *keys = NULL;
    assert_int_equal(jalon_keys_parse(&keys, TITLE KEY1 "\0", sizeof TITLE KEY1),
                     JALON_BAD_KEY_FILE);
    static char huge[70000];
    memset(huge, '\n', sizeof huge);
    memcpy(huge, TITLE KEY1, sizeof TITLE KEY1 - 1);
    assert_int_equal(jalon_keys_parse(&keys, huge, 65536), JALON_OK);
    jalon_keys_free(keys);
    assert_int_equal(jalon_keys_parse(&keys, huge, sizeof huge), JALON_BAD_KEY_FILE);
}

/* Each single character that is changed is noticed, or is in a comment or a date, or names a state. */
static void test_damage_is_noticed(void **state)
{
    (void)state;
    char text[] = TITLE KEY1;
    size_t key_at = sizeof TITLE - 1;
    for (size_t at = 0; at < sizeof text - 2; at++) {
        bool is_date = at >= key_at + sizeof "key a1a1a1a1 active" && text[at] != ' ' &&
                       at < key_at + sizeof "key a1a1a1a1 active 1735689600" - 1;
        if (is_date)
            continue;
        text[at] ^= 1;
        jalon_keys *keys = NULL;
        assert_int_equal(jalon_keys_parse(&keys, text, sizeof text - 1), JALON_BAD_KEY_FILE);
        text[at] ^= 1;
    }
}

static void test_nine_working_keys_are_too_many(void **state)
{
    (void)state;
    jalon_keys *keys;
    assert_int_equal(key_ring_new(&keys, NOW), JALON_OK);
    for (int i = 1; i < JALON_KEYS_MAX; i++)
        assert_int_equal(key_ring_rotate(keys, NOW), JALON_OK);
    char text[RING_TEXT_MAX];
    struct buffer out;
    buffer_over(&out, text, sizeof text);
    key_ring_write(&out, keys);
    size_t size = out.size;
    buffer_append_string(&out, KEY1);
    assert_int_equal(buffer_error(&out), JALON_OK);
    jalon_keys *again = NULL;
    assert_int_equal(jalon_keys_parse(&again, text, size), JALON_OK);
    jalon_keys_free(again);
    again = NULL;
    assert_int_equal(jalon_keys_parse(&again, text, size + sizeof KEY1 - 1), JALON_BAD_KEY_FILE);
    assert_null(again);
    jalon_keys_free(keys);
}

static void test_a_ring_without_an_active_key_verifies_only(void **state)
{
    (void)state;
    static const char text[] = TITLE "key a1a1a1a1 verify 1735689600 " SECRET1 " 2caf368e\n";
    jalon_keys *keys, *master = NULL;
    assert_int_equal(jalon_keys_parse(&keys, text, sizeof text - 1), JALON_OK);
    char code[JALON_LINK_CODE_SIZE + 1];
    assert_int_equal(jalon_link_code_mint(keys, 1, code), JALON_NO_KEY);
    assert_int_equal(jalon_keys_parse(&master, TITLE KEY1, sizeof TITLE KEY1 - 1), JALON_OK);
    assert_int_equal(jalon_link_code_mint(master, 1, code), JALON_OK);
    assert_int_equal(jalon_link_code_verify(keys, code, 12, NULL), JALON_OK);
    jalon_keys_free(master);
    jalon_keys_free(keys);

    static const char gone[] = TITLE "key a1a1a1a1 retired 1735689600 " SECRET1 " 2caf368e\n";
    assert_int_equal(jalon_keys_parse(&keys, gone, sizeof gone - 1), JALON_OK);
    assert_int_equal(jalon_keys_count(keys), 0);
    assert_int_equal(jalon_link_code_verify(keys, code, 12, NULL), JALON_NO_KEY);
    jalon_keys *exported = NULL;
    assert_int_equal(key_ring_export(&exported, keys, "click", "spring-trail"), JALON_NO_KEY);
    assert_null(exported);
    jalon_keys_free(keys);
}

static void test_opening(void **state)
{
    (void)state;
    char *folder = folder_new();
    const char *path = folder_file(folder, "keys");
    jalon_keys *keys = NULL;
    errno = 0;
    assert_int_equal(jalon_keys_open(&keys, path), JALON_IO);
    assert_int_equal(errno, ENOENT);
    FILE *file = fopen(path, "w");
    assert_true(fputs(TITLE KEY1, file) >= 0 && fclose(file) == 0);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(jalon_keys_open(&keys, path), JALON_KEY_FILE_EXPOSED);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(jalon_keys_open(NULL, path), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_keys_open(&keys, NULL), JALON_BAD_ARGUMENT);
    assert_null(keys);
    assert_int_equal(jalon_keys_open(&keys, path), JALON_OK);
    jalon_keys_free(keys);
    assert_int_equal(truncate(path, 100000), 0);
    assert_int_equal(jalon_keys_open(&keys, path), JALON_BAD_KEY_FILE);
    assert_int_equal(jalon_keys_parse(NULL, "x", 1), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_keys_parse(&keys, NULL, 1), JALON_BAD_ARGUMENT);
    assert_int_equal(jalon_keys_parse(&keys, NULL, 0), JALON_BAD_KEY_FILE);
    jalon_keys_free(NULL);
    assert_int_equal(jalon_keys_count(NULL), 0);
    folder_remove(folder);
}

static void test_state_names(void **state)
{
    (void)state;
    assert_string_equal(key_state_name(KEY_ACTIVE), "active");
    assert_string_equal(key_state_name(KEY_VERIFY), "verify");
    assert_string_equal(key_state_name(KEY_RETIRED), "retired");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_ring),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_retiring_refuses),
        cmocka_unit_test(test_eight_keys_work_and_no_more),
        cmocka_unit_test(test_of_retired_keys_the_latest_are_remembered),
        cmocka_unit_test(test_a_clock_set_back_keeps_the_order),
        cmocka_unit_test(test_saved_and_opened_it_is_the_same),
        cmocka_unit_test(test_export),
        cmocka_unit_test(test_export_refuses),
        cmocka_unit_test(test_texts_that_are_rings),
        cmocka_unit_test(test_texts_that_are_no_rings),
        cmocka_unit_test(test_damage_is_noticed),
        cmocka_unit_test(test_nine_working_keys_are_too_many),
        cmocka_unit_test(test_a_ring_without_an_active_key_verifies_only),
        cmocka_unit_test(test_opening),
        cmocka_unit_test(test_state_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
