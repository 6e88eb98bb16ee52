/* The library "jalon". All keys of one call share a slot. A stored record is `VERSION SPACE JSON`.
 *
 * jalon_version                                                      -> bulk, FUNCTIONS_VERSION
 *
 * jalon_put      KEYS record's hash, index keys ...
 *                ARGV field, json, version, change, then for each index key: "s" member | "z" member score |
 *                     "c" member freed limit over | "b" field version
 *     Sets version + 1 if `version` is the stored one (0: absent), with the indexes and the message. A "c" is
 *     a zset of what counts towards a limit (0: none): score 0, or 1 for ever once it was freed; all is refused
 *     when the limit is reached by now and `over` is "0", or not reached and `over` is "1". A "b" is no index, but a hash
 *     whose record `field` must have that version (0: absent).
 *     -> [1, version + 1] | [0, stored version]
 *
 * jalon_put_all  KEYS records' hash, index keys ...
 *                ARGV n, then n fields, n versions, n times what is to be stored (version + 1, SPACE, JSON), then for each
 *                     index key: SADD | ZADD, how many arguments it takes behind the key, and those; or first, as "b" above,
 *                     BASIS, 2, field, version; then messages ...
 *     Many puts into one hash, of different fields and without limits, or none of them: when each version is the stored one
 *     (0: absent), that of the basis too, with the indexes and the messages. Indexes that come before one of a wrong type are added to all the same;
 *     a member without a record is passed over.
 *     -> 1 set | 0 nothing is
 *
 * jalon_restore  as jalon_put, but `version` is the one to be set; sets it if it is above the stored one.
 *     In any order and number of times: the highest version stays. Scores of known members stay.
 *     -> 1 set | 0 there already, or newer | 2 the same version is there with other content
 *
 * jalon_reserve  KEYS serials' hash   ARGV name, at least, count, end
 *     -> the first of `count` numbers below `end`, not below `at least`, none ever given before; -1: no room
 *
 * jalon_close    KEYS key_closing()
 *     Writes twice and leaves nothing, so that the append-only file gets a whole transaction: see below.
 *
 * jalon_ship     KEYS positions, gaps, links, then one for each group below; for late visitors, if there are any: sealing,
 *                     then two for each
 *                ARGV incarnation, from, to, gap, and how many groups of: counters, visitors, packs, links; then
 *                     counters (key: days or quarters): n, then n times field, count
 *                     visitors (key: visitors):         n, then n fingerprints
 *                     packs    (key: clicks):           pack
 *                     links    (key: links_of):         link id, record
 *                     late visitors (keys: visitors, sealed_visitors): day, n, then n fingerprints; sealed at once. As many
 *                          as there are keys for
 *     Applies all if the stored position (0: none) is `from`, and moves it to `to`. gap "": no other position
 *     will do; else a position below `from` will too, what lies between is lost, and the gaps hash gets
 *     "INCARNATION:POSITION" -> "FROM GAP", where gap is the time of the first click behind it, in ms.
 *     A key of a wrong type (foreign hands) is stepped over and counted: an error there would leave half a
 *     batch applied, and the next try would count it twice.
 *     -> [1, to, keys stepped over] | [0, stored position, 0] | error JALONTORN
 *
 * jalon_seal     KEYS sealing, then for each day of a link: visitors, sealed_visitors   ARGV the days
 *     What the visitors' own key has goes into the field of that day, into one union with what is there already, and the key goes.
 *     Any number of times. A key of a wrong type is stepped over, and nothing is lost that its other key has.
 *     -> how many days were stepped over
 *
 * jalon_sealed   KEYS sealed_until   ARGV day
 *     All up to that day is sealed. No clock is trusted alone: the day is 3 days before the store's own at the latest.
 *     -> the day that is written
 *
 * What a call writes is a transaction in the append-only file. When the machine dies in the middle of writing one, Redis and
 * Valkey leave its beginning, MULTI, at the end of the file they start from; it is carried out with the next transaction when the
 * file is loaded once more, though the clicks in it were shipped again. (valkey-io/valkey#4342 mends it; Redis has
 * not.) A rewrite of the file leaves it out. So a server that was started on a file takes clicks when that file was
 * rewritten: store.c asks it to, and to close what may be open first, as it does not start from a file that
 * ends within a transaction and is not the last. After a minute it takes them in any case.
 *
 * `redis.call` exists only while a function runs, so it is not kept in a local of the library. */
#include "core/store/functions.h"

#include "core/store/schema.h"

const char functions_source[] =
    "#!lua name=jalon\n"

    "local function publish(change)\n"
    "  if change ~= '' then redis.call('PUBLISH', '" SCHEMA_CHANGED_CHANNEL "', change) end\n"
    "end\n"

    /* Version (nil: damaged) and text (false: absent) of what is stored. */
    "local function stored_record(key, field)\n"
    "  local text = redis.call('HGET', key, field)\n"
    "  if not text then return 0, text end\n"
    "  return tonumber(string.match(text, '^([1-9]%d*) ')), text\n"
    "end\n"

    "local function damaged()\n"
    "  return redis.error_reply('JALONDAMAGED a stored record has no version')\n"
    "end\n"

    "local function has_version(key, field, version)\n"
    "  return stored_record(key, field) == tonumber(version)\n"
    "end\n"

    /* Was it judged by a record, or by a count, that is another by now? */
    "local index_sizes = {s=2, z=3, c=5, b=3}\n"
    "local function is_misjudged(keys, args)\n"
    "  local at = 5\n"
    "  for i = 2, #keys do\n"
    "    if args[at] == 'b' and not has_version(keys[i], args[at + 1], args[at + 2]) then return "
    "true end\n"
    "    local limit = args[at] == 'c' and tonumber(args[at + 3]) or 0\n"
    "    if limit > 0 then\n"
    "      local is_over = redis.call('ZCOUNT', keys[i], 0, 0) >= limit\n"
    "      if is_over ~= (args[at + 4] == '1') then return true end\n"
    "    end\n"
    "    at = at + index_sizes[args[at]]\n"
    "  end\n"
    "  return false\n"
    "end\n"

    /* Indexes first: should one of them be of a wrong type, the record is not written either. */
    "local function add_indexes(keys, args, is_newest)\n"
    "  local at = 5\n"
    "  for i = 2, #keys do\n"
    "    if args[at] == 's' then\n"
    "      redis.call('SADD', keys[i], args[at + 1])\n"
    "      at = at + 2\n"
    "    elseif args[at] == 'c' then\n"
    "      redis.call('ZADD', keys[i], 'GT', args[at + 2], args[at + 1])\n"
    "      at = at + 5\n"
    "    elseif args[at] == 'b' then\n"
    "      at = at + 3\n"
    "    else\n"
    "      if is_newest then\n"
    "        redis.call('ZADD', keys[i], args[at + 2], args[at + 1])\n"
    "      else\n"
    "        redis.call('ZADD', keys[i], 'NX', args[at + 2], args[at + 1])\n"
    "      end\n"
    "      at = at + 3\n"
    "    end\n"
    "  end\n"
    "end\n"

    "local function put(keys, args)\n"
    "  local version = stored_record(keys[1], args[1])\n"
    "  if not version then return damaged() end\n"
    "  if version ~= tonumber(args[3]) or is_misjudged(keys, args) then return {0, version} end\n"
    "  add_indexes(keys, args, true)\n"
    "  redis.call('HSET', keys[1], args[1], string.format('%.0f ', version + 1) .. args[2])\n"
    "  publish(args[4])\n"
    "  return {1, version + 1}\n"
    "end\n"

    "local function put_all(keys, args)\n"
    "  local count = tonumber(args[1])\n"
    "  local texts = redis.call('HMGET', keys[1], unpack(args, 2, count + 1))\n"
    "  for i = 1, count do\n"
    "    local version = '0'\n"
    "    if texts[i] then version = string.match(texts[i], '^([1-9]%d*) ') end\n"
    "    if not version then return damaged() end\n"
    "    if version ~= args[count + 1 + i] then return 0 end\n"
    "  end\n"
    "  local at = 2 * count + 2\n"
    "  local records = {'HSET', keys[1]}\n"
    "  for i = 1, count do\n"
    "    records[2 * i + 1], records[2 * i + 2] = args[i + 1], args[at + i - 1]\n"
    "  end\n"
    "  at = at + count\n"
    "  for i = 2, #keys do\n"
    "    local last = at + 1 + tonumber(args[at + 1])\n"
    "    if args[at] ~= 'BASIS' then\n"
    "      redis.call(args[at], keys[i], unpack(args, at + 2, last))\n"
    "    elseif not has_version(keys[i], args[at + 2], args[at + 3]) then\n"
    "      return 0\n"
    "    end\n"
    "    at = last + 1\n"
    "  end\n"
    "  redis.call(unpack(records))\n"
    "  for i = at, #args do publish(args[i]) end\n"
    "  return 1\n"
    "end\n"

    "local function restore(keys, args)\n"
    "  local version, text = stored_record(keys[1], args[1])\n"
    "  if not version then return damaged() end\n"
    "  local new, record = tonumber(args[3]), args[3] .. ' ' .. args[2]\n"
    "  add_indexes(keys, args, new > version)\n"
    "  if new < version then return 0 end\n"
    "  if new == version then return text == record and 0 or 2 end\n"
    "  redis.call('HSET', keys[1], args[1], record)\n"
    "  publish(args[4])\n"
    "  return 1\n"
    "end\n"

    "local function reserve(keys, args)\n"
    "  local stored = tonumber(redis.call('HGET', keys[1], args[1]) or '0')\n"
    "  local first = math.max(stored, tonumber(args[2]))\n"
    "  local after = first + tonumber(args[3])\n"
    "  if after > tonumber(args[4]) then return -1 end\n"
    "  if after > stored then\n"
    "    redis.call('HSET', keys[1], args[1], string.format('%.0f', after))\n"
    "  end\n"
    "  return first\n"
    "end\n"

    "local is_whole, asked_s = false, nil\n"
    "local function is_log_whole()\n"
    "  if is_whole then return true end\n"
    "  local info, now_s = redis.pcall('INFO', 'persistence'), tonumber(redis.call('TIME')[1])\n"
    "  asked_s = asked_s or now_s\n"
    "  local function says(text) return string.find(info, text, 1, true) end\n"
    "  is_whole = type(info) ~= 'string' or not says('aof_enabled:1')\n"
    "    or (says('aof_last_bgrewrite_status:ok') and not says('aof_last_rewrite_time_sec:-1'))\n"
    "    or math.abs(now_s - asked_s) > 60\n"
    "  return is_whole\n"
    "end\n"

    "local function close(keys)\n"
    "  redis.call('SET', keys[1], '')\n"
    "  redis.call('DEL', keys[1])\n"
    "  return 1\n"
    "end\n"

    "local function merge_sealed(sealing, own, past, day)\n"
    "  local call = redis.pcall\n"
    "  call('SET', sealing, call('HGET', past, day))\n"
    "  local is_merged = not call('PFMERGE', sealing, own).err\n"
    "  local bytes = call('GET', sealing)\n"
    "  call('DEL', sealing)\n"
    "  if is_merged then call('HSET', past, day, bytes) end\n"
    "  return is_merged\n"
    "end\n"

    "local function seal(sealing, own, past, day)\n"
    "  local bytes = redis.pcall('GET', own)\n"
    "  if not bytes then return true end\n"
    "  if type(bytes) ~= 'string' or string.sub(bytes, 1, 4) ~= 'HYLL' then return false end\n"
    "  local made = redis.pcall('HSETNX', past, day, bytes)\n"
    "  if type(made) ~= 'number' then return false end\n"
    "  if made == 0 and not merge_sealed(sealing, own, past, day) then return false end\n"
    "  redis.pcall('DEL', own)\n"
    "  return true\n"
    "end\n"

    "local function seal_all(keys, args)\n"
    "  local failed = 0\n"
    "  for i = 1, #args do\n"
    "    if not seal(keys[1], keys[2 * i], keys[2 * i + 1], args[i]) then failed = failed + 1 end\n"
    "  end\n"
    "  return failed\n"
    "end\n"

    "local function sealed(keys, args)\n"
    "  local today = math.floor(tonumber(redis.call('TIME')[1]) / 86400)\n"
    "  local day = math.min(tonumber(args[1]), today - 3)\n"
    "  redis.call('SET', keys[1], string.format('%.0f', day))\n"
    "  return day\n"
    "end\n"

    "local function ship_links(keys, args, key, at, count)\n"
    "  for i = key, key + count - 1 do\n"
    "    local id = args[at]\n"
    "    local made = redis.pcall('HSETNX', keys[3], id, args[at + 1])\n"
    "    if made == 1 then\n"
    "      redis.pcall('SADD', keys[i], id)\n"
    "      publish('link ' .. id)\n"
    "    end\n"
    "    at = at + 2\n"
    "  end\n"
    "  return at\n"
    "end\n"

    "local function ship_late_visitors(keys, args, key, at)\n"
    "  local failed = 0\n"
    "  for i = key + 1, #keys, 2 do\n"
    "    local last = at + 1 + tonumber(args[at + 1])\n"
    "    local added = redis.pcall('PFADD', keys[i], unpack(args, at + 2, last))\n"
    "    if type(added) ~= 'number' or not seal(keys[key], keys[i], keys[i + 1], args[at]) then\n"
    "      failed = failed + 1\n"
    "    end\n"
    "    at = last + 1\n"
    "  end\n"
    "  return failed\n"
    "end\n"

    "local function ship(keys, args)\n"
    "  if not is_log_whole() then\n"
    "    return redis.error_reply('JALONTORN the append-only file was not rewritten since the "
    "start')\n"
    "  end\n"
    "  local incarnation, from, to, gap = args[1], args[2], args[3], args[4]\n"
    "  local stored = redis.call('HGET', keys[1], incarnation) or '0'\n"
    "  if stored ~= from then\n"
    "    if gap == '' or tonumber(stored) > tonumber(from) then\n"
    "      return {0, tonumber(stored), 0}\n"
    "    end\n"
    "    redis.call('HSET', keys[2], incarnation .. ':' .. stored, from .. ' ' .. gap)\n"
    "  end\n"
    "  redis.call('HSET', keys[1], incarnation, to)\n"
    "  local call, unpack = redis.pcall, unpack\n"
    "  local counters, visitors = tonumber(args[5]), tonumber(args[6])\n"
    "  local packs, links = tonumber(args[7]), tonumber(args[8])\n"
    "  local key, at, failed = 4, 9, 0\n"
    "  for i = key, key + counters - 1 do\n"
    "    local name = keys[i]\n"
    "    local last = at + 2 * tonumber(args[at])\n"
    "    for j = at + 1, last, 2 do\n"
    "      if type(call('HINCRBY', name, args[j], args[j + 1])) ~= 'number' then failed = failed + "
    "1 end\n"
    "    end\n"
    "    at = last + 1\n"
    "  end\n"
    "  key = key + counters\n"
    "  for i = key, key + visitors - 1 do\n"
    "    local last = at + tonumber(args[at])\n"
    "    if type(call('PFADD', keys[i], unpack(args, at + 1, last))) ~= 'number' then failed = "
    "failed + 1 end\n"
    "    at = last + 1\n"
    "  end\n"
    "  key = key + visitors\n"
    "  for i = key, key + packs - 1 do\n"
    "    if type(call('RPUSH', keys[i], args[at])) ~= 'number' then failed = failed + 1 end\n"
    "    at = at + 1\n"
    "  end\n"
    "  key = key + packs\n"
    "  at = ship_links(keys, args, key, at, links)\n"
    "  failed = failed + ship_late_visitors(keys, args, key + links, at)\n"
    "  return {1, tonumber(to), failed}\n"
    "end\n"

    "redis.register_function{function_name='" FUNCTION_VERSION_NAME "', flags={'no-writes'},\n"
    "  callback=function() return '" FUNCTIONS_VERSION "' end}\n"
    "redis.register_function('" FUNCTION_PUT "', put)\n"
    "redis.register_function('" FUNCTION_PUT_ALL "', put_all)\n"
    "redis.register_function('" FUNCTION_RESTORE "', restore)\n"
    "redis.register_function('" FUNCTION_RESERVE "', reserve)\n"
    "redis.register_function('" FUNCTION_CLOSE "', close)\n"
    "redis.register_function('" FUNCTION_SHIP "', ship)\n"
    "redis.register_function('" FUNCTION_SEAL "', seal_all)\n"
    "redis.register_function('" FUNCTION_SEALED "', sealed)\n";
