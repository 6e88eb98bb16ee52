/* The states of a key:
 *
 *     new, rotate ──▶ active ── rotate ──▶ verify ── retire ──▶ retired        (all key_ring_…)
 *
 * The newest active key signs; active and verify ones verify; nothing verifies by a retired one. It
 * stays in the file, so that a list can name it, exports can write the click ids that it once signed,
 * and a mistake can be undone by hand. */
#include "core/sign/key_ring.h"

#include "core/base/encoding.h"
#include "core/base/random.h"
#include "core/sign/ring.h"
#include "core/sign/slug.h"
#include "core/sign/subkey.h"

#include <openssl/crypto.h>
#include <stdlib.h>

size_t key_ring_size(const jalon_keys *keys)
{
    return keys->size;
}

struct key_view key_ring_view(const jalon_keys *keys, size_t index)
{
    const struct key *key = &keys->keys[index];
    struct key_view view = {.state = key->state, .created_at = key->created_at};
    hex_encode(view.id, slice_of(key->id, sizeof key->id));
    return view;
}

int key_ring_check(const jalon_keys *keys, const char **ret_why)
{
    if (keys->purpose != PURPOSE_MASTER) {
        *ret_why = "it is an exported ring, which holds sub-keys of one campaign only: put the "
                   "installation's own back";
        return JALON_INVALID;
    }
    for (size_t i = 0; i < keys->size; i++)
        if (keys->keys[i].state == KEY_ACTIVE)
            return JALON_OK;
    *ret_why = "it has no active key, so nothing can be signed: make one with `jalon keys rotate`";
    return JALON_INVALID;
}

static int make_key(struct key *ret_key, const jalon_keys *keys, int64_t now_s)
{
    struct key key = {.state = KEY_ACTIVE, .created_at = now_s};
    /* A clock set back must not put the new key behind an older one. */
    if (keys->size && key.created_at < keys->keys[0].created_at)
        key.created_at = keys->keys[0].created_at;
    int err = random_bytes(key.secret, sizeof key.secret);
    do {
        if (!err)
            err = random_bytes(key.id, sizeof key.id);
    } while (!err && ring_find(keys, key.id) < keys->size);
    if (!err)
        *ret_key = key;
    OPENSSL_cleanse(&key, sizeof key);
    return err;
}

/* The oldest retired key makes room: of the working ones there are never that many. */
static void forget_oldest_retired(jalon_keys *keys)
{
    size_t at = keys->size;
    while (at-- > 0)
        if (keys->keys[at].state == KEY_RETIRED)
            break;
    keys->size--;
    memmove(&keys->keys[at], &keys->keys[at + 1], (keys->size - at) * sizeof(struct key));
    OPENSSL_cleanse(&keys->keys[keys->size], sizeof(struct key));
}

static void add_active(jalon_keys *keys, const struct key *key)
{
    if (keys->size == RING_ROOM)
        forget_oldest_retired(keys);
    for (size_t i = 0; i < keys->size; i++)
        if (keys->keys[i].state == KEY_ACTIVE)
            keys->keys[i].state = KEY_VERIFY;
    memmove(&keys->keys[1], &keys->keys[0], keys->size * sizeof *key);
    keys->keys[0] = *key;
    keys->size++;
}

int key_ring_rotate(jalon_keys *keys, int64_t now_s)
{
    if (keys->purpose != PURPOSE_MASTER)
        return JALON_INVALID;
    if (now_s < 0 || now_s > KEY_CREATED_AT_MAX)
        return JALON_BAD_ARGUMENT;
    if (ring_count(keys) >= JALON_KEYS_MAX)
        return JALON_FULL;
    struct key key;
    int err = make_key(&key, keys, now_s);
    if (!err)
        err = ring_arm_key(&key, keys);
    if (!err)
        add_active(keys, &key);
    OPENSSL_cleanse(&key, sizeof key);
    return err;
}

int key_ring_new(jalon_keys **ret_keys, int64_t now_s)
{
    jalon_keys *keys;
    int err = ring_new(&keys);
    if (err)
        return err;
    err = key_ring_rotate(keys, now_s);
    if (err) {
        jalon_keys_free(keys);
        return err;
    }
    *ret_keys = keys;
    return JALON_OK;
}

int key_ring_retire(jalon_keys *keys, struct slice id)
{
    uint8_t bytes[KEY_ID_BYTES];
    if (hex_decode(bytes, sizeof bytes, id))
        return JALON_NOT_FOUND;
    size_t at = ring_find(keys, bytes);
    if (at == keys->size)
        return JALON_NOT_FOUND;
    if (keys->keys[at].state == KEY_ACTIVE)
        return JALON_INVALID;
    keys->keys[at].state = KEY_RETIRED;
    return JALON_OK;
}

static int export_key(struct key *ret_key, const struct key *master, const jalon_keys *ring)
{
    struct key key = {.state = master->state, .created_at = master->created_at};
    memcpy(key.id, master->id, sizeof key.id);
    int err = subkey_derive(key.secret, master, ring->purpose, slice_of_string(ring->campaign));
    if (!err)
        *ret_key = key;
    OPENSSL_cleanse(&key, sizeof key);
    return err;
}

static int export_all(jalon_keys *ring, const jalon_keys *masters)
{
    for (size_t i = 0; i < masters->size; i++) {
        if (masters->keys[i].state == KEY_RETIRED)
            continue;
        int err = export_key(&ring->keys[ring->size], &masters->keys[i], ring);
        if (err)
            return err;
        ring->size++;
    }
    return ring->size ? ring_arm(ring) : JALON_NO_KEY;
}

int key_ring_export(jalon_keys **ret_keys, const jalon_keys *keys, const char *purpose,
                    const char *campaign)
{
    enum key_purpose found;
    if (key_purpose_find(&found, slice_of_string(purpose)) ||
        !slug_is_valid(slice_of_string(campaign)))
        return JALON_BAD_ARGUMENT;
    if (keys->purpose != PURPOSE_MASTER)
        return JALON_INVALID;
    jalon_keys *ring;
    int err = ring_new(&ring);
    if (err)
        return err;
    ring->purpose = found;
    err = slice_to_string(ring->campaign, sizeof ring->campaign, slice_of_string(campaign));
    if (!err)
        err = export_all(ring, keys);
    if (err) {
        jalon_keys_free(ring);
        return err;
    }
    *ret_keys = ring;
    return JALON_OK;
}
