#include "core/sign/secret_file.h"

#include "tests/unit/folder.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static char bytes[SECRET_FILE_SIZE_MAX];

static int setup(void **state)
{
    *state = folder_new();
    return 0;
}

static int teardown(void **state)
{
    folder_remove(*state);
    return 0;
}

static mode_t mode_of(const char *path)
{
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    return file.st_mode & 07777;
}

static void test_replace_and_read(void **state)
{
    const char *path = folder_file(*state, "secret");
    size_t size = 4711;
    errno = 0;
    assert_int_equal(secret_file_read(bytes, &size, path), JALON_IO);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(size, 4711);
    mode_t mask = umask(0);
    static const struct slice contents[] = {SLICE_INIT("first"), SLICE_INIT(""),
                                            SLICE_INIT("a longer one\0with a NUL")};
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        assert_int_equal(secret_file_replace(path, contents[i]), JALON_OK);
        assert_int_equal(mode_of(path), 0600);
        assert_int_equal(secret_file_read(bytes, &size, path), JALON_OK);
        assert_true(slice_equal(slice_of(bytes, size), contents[i]));
        assert_int_equal(folder_count(*state), 1); /* no temporary file is left */
    }
    (void)umask(mask);
}

static void test_a_name_without_a_folder(void **state)
{
    char *here = getcwd(NULL, 0);
    assert_int_equal(chdir(*state), 0);
    assert_int_equal(secret_file_replace("secret", SLICE("x")), JALON_OK);
    size_t size;
    assert_int_equal(secret_file_read(bytes, &size, "secret"), JALON_OK);
    assert_int_equal(chdir(here), 0);
    free(here);
}

static void test_who_may_read(void **state)
{
    static const struct {
        mode_t mode;
        int error;
    } rows[] = {
        {0600, JALON_OK},
        {0400, JALON_OK},
        {0700, JALON_OK},
        {0640, JALON_KEY_FILE_EXPOSED},
        {0604, JALON_KEY_FILE_EXPOSED},
        {0620, JALON_KEY_FILE_EXPOSED},
        {0602, JALON_KEY_FILE_EXPOSED},
        {0610, JALON_KEY_FILE_EXPOSED},
        {0644, JALON_KEY_FILE_EXPOSED},
        {0777, JALON_KEY_FILE_EXPOSED},
    };
    const char *path = folder_file(*state, "secret");
    assert_int_equal(secret_file_replace(path, SLICE("x")), JALON_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t size;
        assert_int_equal(chmod(path, rows[i].mode), 0);
        assert_int_equal(secret_file_read(bytes, &size, path), rows[i].error);
    }
}

static void test_what_is_no_file(void **state)
{
    size_t size;
    const char *fifo = folder_file(*state, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(secret_file_read(bytes, &size, fifo), JALON_BAD_KEY_FILE); /* and no hanging */
    assert_int_equal(secret_file_read(bytes, &size, *state), JALON_BAD_KEY_FILE);
    assert_int_equal(secret_file_read(bytes, &size, "/dev/null"), JALON_BAD_KEY_FILE);
}

static void test_size_limit(void **state)
{
    static char large[SECRET_FILE_SIZE_MAX];
    memset(large, 'x', sizeof large);
    const char *path = folder_file(*state, "secret");
    size_t size;
    assert_int_equal(secret_file_replace(path, slice_of(large, sizeof large - 1)), JALON_OK);
    assert_int_equal(secret_file_read(bytes, &size, path), JALON_OK);
    assert_int_equal(size, sizeof large - 1);
    assert_int_equal(secret_file_replace(path, slice_of(large, sizeof large)), JALON_OK);
    assert_int_equal(secret_file_read(bytes, &size, path), JALON_TOO_LONG);
}

static void test_failed_replacement_leaves_the_old_one(void **state)
{
    const char *path = folder_file(*state, "folder");
    assert_int_equal(mkdir(path, 0700), 0); /* a file can't be renamed over it */
    errno = 0;
    assert_int_equal(secret_file_replace(path, SLICE("x")), JALON_IO);
    assert_int_equal(errno, EISDIR);
    assert_int_equal(folder_count(*state), 1);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(secret_file_replace("/nowhere/at/all", SLICE("x")), JALON_IO);
    char name[PATH_MAX + 10];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(secret_file_replace(name, SLICE("x")), JALON_TOO_LONG);
}

static void test_the_owner_stays(void **state)
{
    if (geteuid() != 0)
        skip(); /* only root can give files away */
    const char *path = folder_file(*state, "secret");
    assert_int_equal(secret_file_replace(path, SLICE("x")), JALON_OK);
    assert_int_equal(chown(path, 4711, 4712), 0);
    assert_int_equal(secret_file_replace(path, SLICE("y")), JALON_OK);
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_uid, 4711);
    assert_int_equal(file.st_gid, 4712);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replace_and_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_name_without_a_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_may_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_size_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failed_replacement_leaves_the_old_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_the_owner_stays, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
