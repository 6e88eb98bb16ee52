#include "core/store/folder.h"
#include "tests/unit/core/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/wait.h>

static struct scratch folder;

static int set_up(void **state)
{
    (void)state;
    folder = scratch_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove(&folder);
    return 0;
}

static void test_a_path_is_joined_or_too_long(void **state)
{
    (void)state;
    char path[FOLDER_PATH_MAX] = "before", name[FOLDER_PATH_MAX];
    assert_int_equal(folder_path(path, "/d", "x"), JALON_OK);
    assert_string_equal(path, "/d/x");
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(folder_path(path, "/d", name), JALON_TOO_LONG);
    assert_string_equal(path, "/d/x");
    name[FOLDER_PATH_MAX - 4] = '\0';
    assert_int_equal(folder_path(path, "/d", name), JALON_OK);
    assert_int_equal(strlen(path), FOLDER_PATH_MAX - 1);
}

static void test_the_folder_given_wins_over_the_environments(void **state)
{
    (void)state;
    assert_int_equal(setenv("JALON_DATA", "/from/environment", 1), 0);
    assert_string_equal(folder_find("/given"), "/given");
    assert_string_equal(folder_find(NULL), "/from/environment");
    assert_int_equal(setenv("JALON_DATA", "", 1), 0);
    assert_string_equal(folder_find(NULL), "/var/lib/jalon");
    assert_int_equal(unsetenv("JALON_DATA"), 0);
    assert_string_equal(folder_find(NULL), "/var/lib/jalon");
}

static void test_a_folder_is_made_with_its_parents(void **state)
{
    (void)state;
    struct stat status;
    const char *deep = scratch_file(&folder, "a/b//c/");
    assert_int_equal(folder_make(deep), JALON_OK);
    assert_int_equal(folder_make(deep), JALON_OK);
    assert_int_equal(stat(scratch_file(&folder, "a/b/c"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    scratch_write(scratch_file(&folder, "file"), SLICE("x"));
    assert_int_equal(folder_make(scratch_file(&folder, "file")), JALON_IO);
    assert_int_equal(folder_make(scratch_file(&folder, "file/below")), JALON_IO);
    assert_int_equal(folder_make(""), JALON_IO);
}

static void test_a_lock_is_held_by_one(void **state)
{
    (void)state;
    int first, second = -1;
    assert_int_equal(folder_lock(&first, folder.path, "lock", false), JALON_OK);
    assert_int_equal(folder_lock(&second, folder.path, "lock", false), JALON_LOCKED);
    assert_int_equal(second, -1);
    assert_int_equal(close(first), 0);
    assert_int_equal(folder_lock(&second, folder.path, "lock", false), JALON_OK);
    assert_int_equal(close(second), 0);
    assert_int_equal(folder_lock(&second, scratch_file(&folder, "missing"), "lock", false),
                     JALON_IO);
    assert_int_equal(symlink("elsewhere", scratch_file(&folder, "link")), 0);
    assert_int_equal(folder_lock(&second, folder.path, "link", false), JALON_IO);
}

static void test_only_an_inherited_lock_goes_into_a_new_program(void **state)
{
    (void)state;
    for (int is_inherited = 0; is_inherited < 2; is_inherited++) {
        int fd;
        assert_int_equal(folder_lock(&fd, folder.path, "lock", is_inherited), JALON_OK);
        assert_int_equal((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, !is_inherited);
        assert_int_equal(close(fd), 0);
    }
}

static void expect_content(const char *name, struct slice expected)
{
    size_t size;
    char *content = scratch_read(scratch_file(&folder, name), &size);
    assert_true(slice_equal(slice_of(content, size), expected));
    free(content);
}

static void test_a_file_is_written_whole_with_its_mode(void **state)
{
    (void)state;
    struct stat status;
    assert_int_equal(folder_write(folder.path, "f", SLICE("first"), 0600), JALON_OK);
    expect_content("f", SLICE("first"));
    assert_int_equal(folder_write(folder.path, "f", SLICE_NONE, 0644), JALON_OK);
    expect_content("f", SLICE_NONE);
    assert_int_equal(stat(scratch_file(&folder, "f"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
}

static void test_a_write_that_fails_changes_nothing_and_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(mkdir(scratch_file(&folder, "f"), 0700), 0); /* a rename onto it fails */
    assert_int_equal(folder_write(folder.path, "f", SLICE("x"), 0600), JALON_IO);
    assert_int_equal(rmdir(scratch_file(&folder, "f")), 0);
    assert_int_equal(rmdir(folder.path), 0); /* no temporary file is left in it */
    assert_int_equal(folder_write(folder.path, "f", SLICE("x"), 0600), JALON_IO);
    assert_int_equal(errno, ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_path_is_joined_or_too_long),
        TEST(test_the_folder_given_wins_over_the_environments),
        TEST(test_a_folder_is_made_with_its_parents),
        TEST(test_a_lock_is_held_by_one),
        TEST(test_only_an_inherited_lock_goes_into_a_new_program),
        TEST(test_a_file_is_written_whole_with_its_mode),
        TEST(test_a_write_that_fails_changes_nothing_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
