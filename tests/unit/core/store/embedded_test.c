#include "core/store/embedded.h"
#include "core/store/client.h"
#include "core/store/store.h"
#include "tests/unit/core/store/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define START_MS 30000
#define STOP_MS 10000

static struct scratch folder;
static char data[SCRATCH_PATH + 200]; /* longer than a socket's path may be */

static int set_up(void **state)
{
    (void)state;
    char name[121];
    memset(name, 'd', 120);
    name[120] = '\0';
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL); /* as the programs do */
    folder = scratch_new();
    (void)snprintf(data, sizeof data, "%s/%s", folder.path, name); /* fits */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int pid;
    if (embedded_find(&pid, data) == JALON_OK)
        embedded_stop(pid, data, STOP_MS);
    scratch_remove(&folder);
    return 0;
}

static int start(void)
{
    int pid;
    char why[256] = "";
    if (embedded_start(&pid, data, START_MS, why))
        fail_msg("%s", why);
    return pid;
}

static bool is_locked(void)
{
    int fd;
    char store_folder[sizeof data + 8];
    (void)snprintf(store_folder, sizeof store_folder, "%s/store", data); /* fits */
    int err = folder_lock(&fd, store_folder, "lock", false);
    if (!err)
        (void)close(fd);
    return err == JALON_LOCKED;
}

static struct client *connect_to_it(void)
{
    struct store_url url;
    struct problem problem = {0};
    struct client *client;
    assert_int_equal(store_url_resolve(&url, "embedded", data, &problem), JALON_OK);
    assert_int_equal(client_open(&client, &url, 10000, &problem), JALON_OK);
    return client;
}

static void expect_config(struct client *client, const char *name, const char *value)
{
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "CONFIG", "GET", name, NULL), JALON_OK);
    assert_int_equal(reply_count(reply), 2);
    assert_true(slice_is(reply_text(reply_at(reply, 1)), value));
    reply_free(reply);
}

static void test_it_starts_is_adopted_and_stops(void **state)
{
    (void)state;
    int pid = start(), found;
    assert_true(pid > 0);
    assert_true(is_locked());
    assert_int_equal(embedded_find(&found, data), JALON_OK);
    assert_int_equal(found, pid);
    assert_int_equal(start(), 0); /* adopted */

    struct client *client = connect_to_it();
    expect_config(client, "appendonly", "yes");
    expect_config(client, "appendfsync", "everysec");
    expect_config(client, "save", "");
    expect_config(client, "port", "0");
    expect_config(client, "maxmemory-policy", "noeviction");
    struct reply *reply;
    assert_int_equal(client_say(client, &reply, "SET", "a", "b", NULL), JALON_OK);
    reply_free(reply);
    client_free(client);

    embedded_stop(pid, data, STOP_MS);
    assert_int_equal(kill(pid, 0), -1); /* ended, and waited for */
    assert_false(is_locked());
    assert_int_equal(embedded_find(&found, data), JALON_NOT_FOUND);

    assert_true(start() > 0);
    client = connect_to_it();
    assert_int_equal(client_say(client, &reply, "GET", "a", NULL), JALON_OK);
    assert_true(slice_is(reply_text(reply), "b"));
    reply_free(reply);
    client_free(client);
}

static void test_one_that_was_killed_is_started_again(void **state)
{
    (void)state;
    int pid = start();
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    int again = start(); /* over the dead one's socket and lock file */
    assert_true(again > 0 && again != pid);
}

static void *start_one(void *context)
{
    int *pid = context;
    char why[256];
    if (embedded_start(pid, data, START_MS, why))
        *pid = -1;
    return NULL;
}

static void test_of_many_starters_one_starts_it(void **state)
{
    (void)state;
    pthread_t threads[6];
    int pids[6], starters = 0;
    for (int i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, start_one, &pids[i]), 0);
    for (int i = 0; i < 6; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_true(pids[i] >= 0);
        starters += pids[i] > 0;
    }
    assert_int_equal(starters, 1);
}

static void test_the_server_has_nothing_of_ours(void **state)
{
    (void)state;
    int ours =
        open(folder.path, O_RDONLY | O_DIRECTORY); /* not close-on-exec, as somebody's mistake */
    assert_true(ours >= 0);
    sigset_t term, before;
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &term, &before); /* as jalond does */
    int pid = start();
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);

    assert_int_equal(getsid(pid), pid); /* the terminal's Ctrl-C is not for it */
    char path[64], target[600], expected[sizeof data + 8];
    (void)snprintf(path, sizeof path, "/proc/%d/fd", pid); /* fits */
    DIR *list = opendir(path);
    assert_non_null(list);
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
        ssize_t size = readlinkat(dirfd(list), entry->d_name, target, sizeof target - 1);
        target[size > 0 ? size : 0] = '\0';
        assert_string_not_equal(target, folder.path);
        if (strcmp(entry->d_name, "0") == 0 || strcmp(entry->d_name, "1") == 0 ||
            strcmp(entry->d_name, "2") == 0)
            assert_string_equal(target, "/dev/null");
    }
    (void)closedir(list);
    (void)snprintf(path, sizeof path, "/proc/%d/cwd", pid); /* fits */
    ssize_t size = readlink(path, target, sizeof target - 1);
    target[size > 0 ? size : 0] = '\0';
    (void)snprintf(expected, sizeof expected, "%s/store", data); /* fits */
    assert_string_equal(target, expected);
    (void)close(ours);
    /* SIGTERM was blocked here, and is not there: it stops in time, not by SIGKILL. */
    assert_int_equal(kill(pid, SIGTERM), 0);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_why_it_does_not_start_is_told(void **state)
{
    (void)state;
    char path[sizeof data + 32], why[256] = "";
    int pid;
    (void)snprintf(path, sizeof path, "%s/store", data); /* fits */
    assert_int_equal(folder_make(path), JALON_OK);
    (void)snprintf(path, sizeof path, "%s/store/appendonlydir", data); /* fits */
    scratch_write(path, SLICE("not a folder"));
    assert_int_equal(embedded_start(&pid, data, START_MS, why), JALON_UNAVAILABLE);
    if (!strstr(why, "appendonlydir"))
        fail_msg("%s", why);
    assert_false(is_locked());
}

static void test_a_lock_without_a_server_is_told_in_time(void **state)
{
    (void)state;
    char path[sizeof data + 32], why[256] = "";
    int fd, pid;
    (void)snprintf(path, sizeof path, "%s/store", data); /* fits */
    assert_int_equal(folder_make(path), JALON_OK);
    assert_int_equal(folder_lock(&fd, path, "lock", false), JALON_OK);
    assert_int_equal(embedded_start(&pid, data, 50, why), JALON_UNAVAILABLE);
    assert_non_null(strstr(why, "another process holds its lock"));
    (void)close(fd);
}

static void test_a_folder_that_cannot_be_made_is_told(void **state)
{
    (void)state;
    char why[256] = "";
    int pid;
    scratch_write(scratch_file(&folder, "file"), SLICE("x"));
    assert_int_equal(embedded_start(&pid, scratch_file(&folder, "file"), 50, why),
                     JALON_UNAVAILABLE);
    assert_non_null(strstr(why, "can't be made"));
}

static struct store *open_store(void)
{
    struct store *store;
    struct problem problem = {0};
    struct store_options options = {
        .folder = data, .redis = "embedded", .timeout_ms = 20000, .may_start_embedded = true};
    if (store_open(&store, &options, &problem))
        fail_msg("%s", problem.detail);
    return store;
}

static void test_the_last_command_turns_the_light_off(void **state)
{
    (void)state;
    int pid;
    struct store *first = open_store(), *second = open_store();
    store_free(first); /* it started the server, but somebody else is using it */
    assert_int_equal(embedded_find(&pid, data), JALON_OK);
    assert_int_equal(store_ping(second), JALON_OK);
    store_free(second);
    assert_int_equal(embedded_find(&pid, data), JALON_NOT_FOUND);
}

static void test_what_is_not_running_is_not_stopped(void **state)
{
    (void)state;
    int pid;
    assert_int_equal(embedded_find(&pid, data), JALON_NOT_FOUND);
    embedded_stop(0, data, STOP_MS);
    embedded_stop(-1, data, STOP_MS); /* kill(-1) would be everybody */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_starts_is_adopted_and_stops),
        TEST(test_one_that_was_killed_is_started_again),
        TEST(test_of_many_starters_one_starts_it),
        TEST(test_the_server_has_nothing_of_ours),
        TEST(test_why_it_does_not_start_is_told),
        TEST(test_a_lock_without_a_server_is_told_in_time),
        TEST(test_a_folder_that_cannot_be_made_is_told),
        TEST(test_the_last_command_turns_the_light_off),
        TEST(test_what_is_not_running_is_not_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Servers whose starter is gone are this process's children: it is their subreaper. */
static void end_orphans(void)
{
    FILE *children = fopen("/proc/thread-self/children", "r");
    int pid;
    while (children && fscanf(children, "%d", &pid) == 1)
        (void)kill(pid, SIGKILL);
    if (children)
        (void)fclose(children); /* only read */
}

/* A server outlives who started it, so a test that crashes would leave one running: the tests are run by a
 * child, and this process ends what they left. */
int main(void)
{
    int status;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return EXIT_FAILURE;
    pid_t tests = fork();
    if (tests == 0)
        return prctl(PR_SET_PDEATHSIG, SIGKILL) ? EXIT_FAILURE : run_all();
    if (tests < 0 || waitpid(tests, &status, 0) != tests)
        return EXIT_FAILURE;
    end_orphans();
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
