/* draft_table.h - a draft from the inside: its keys, by number, and its records, by key and field. Only draft*.c
 * look at it. */
#ifndef REGISTRY_DRAFT_TABLE_H
#define REGISTRY_DRAFT_TABLE_H
#include "core/registry/arena.h"
#include "core/registry/draft.h"

struct draft_key {
    struct key key;
    bool is_counted;
    uint64_t count; /* members that count: those stored, once is_counted, and those to be added */
    struct draft_entry *wanted; /* the last of them, see draft_want() */
    size_t wanted_count;
    uint32_t next_wanted;            /* the key before it with some: number + 1 */
    const struct draft_entry *basis; /* of what is put under it; NULL: none */
    struct put_basis put_basis;      /* the same, once no key is added any more: they move */
};

struct draft_index {
    uint32_t key;
    bool is_sorted, is_counted, is_freed, is_over; /* as in struct index_entry */
    struct slice member;
    int64_t score;
    uint64_t limit;
};

struct draft_entry {
    uint32_t key;
    bool is_changed; /* or known, and to be made durable */
    bool is_known;
    bool is_read, is_wanted;
    uint8_t index_count, index_room;
    struct slice field, json, change;
    uint64_t version; /* as stored; 0: absent */
    struct draft_index *indexes;
    struct draft_view *view; /* NULL: not read as such */
    struct draft_entry *next_wanted;
};

struct draft_slot {
    uint32_t hash;   /* beside it, so that the entries of others are not looked at */
    uint32_t number; /* of the entry + 1; 0: free */
};

struct draft {
    struct store *store;
    struct arena arena;
    struct draft_key *keys;
    size_t key_count, key_capacity;
    uint32_t *key_slots; /* number + 1, 0: free */
    size_t key_slot_count;
    struct draft_entry **entries; /* by number */
    size_t entry_count, entry_capacity;
    struct draft_slot *slots;
    size_t slot_count;
    uint64_t seed;                /* of the hash */
    uint32_t wanted_keys;         /* the last key of which something is wanted: number + 1 */
    struct draft_entry **changed; /* in the order they were put */
    size_t changed_count, changed_capacity;
    struct draft_view *views;
    size_t view_count;
};

CHECKED int draft_table_init(struct draft *draft);
void draft_table_done(struct draft *draft);
CHECKED int draft_key_number(struct draft *draft, const struct key *key, uint32_t *ret_number);
/* The entry, added unread when there was none. */
CHECKED int draft_table_entry(struct draft *draft, uint32_t key, struct slice field,
                              struct draft_entry **ret_entry);
CHECKED int draft_table_read(struct draft *draft, struct draft_entry *entry, uint64_t version,
                             struct slice json);                              /* as stored */
CHECKED int draft_table_mark(struct draft *draft, struct draft_entry *entry); /* as changed */

/* The entry, read. draft.c */
CHECKED int draft_entry_of(struct draft *draft, const struct key *key, struct slice field,
                           struct draft_entry **ret_entry);
/* Ends all views. draft_view.c */
void draft_views_done(struct draft *draft);
#endif
