// Checked mode. g++ -fsanitize=thread,… calls the functions below at every access to memory; with
// them in place of the sanitizers' libraries, every access of a kernel is seen here.
#include "state.h"
#include <algorithm>
#include <vector>

namespace {
enum Kind { READ, WRITE, ATOMIC, VOLATILE_READ, VOLATILE_WRITE };
const char* const NAMES[] = {"read", "write", "atomic", "volatile read", "volatile write"};
const size_t MOST_STEPS = 1000000000;

// Who last wrote and read an item. Many: several threads of the warp have read it since its last
// warp operation; warps: several warps since the last barrier; blocks: several blocks.
enum { SET = 1, WRITTEN = 2, BY_ATOMIC = 4, SEEN = 8, MANY = 16, WARPS = 32, BLOCKS = 64 };
struct Item {
    uint32_t w_block, r_block, w_phase, r_phase;
    uint16_t w_warp, r_warp, w_thread, r_thread;
    uint32_t flags;
};
enum Place { GLOBAL, SHARED, UNWATCHED };
struct Range {
    char* begin;
    size_t size, item;
    Place place;
    unsigned char* written;
    std::vector<Item> shadow;
    bool holds(const char* at, size_t bytes) const {
        return at >= begin && at + bytes <= begin + size;
    }
};
// Static and dynamic shared memory, this library, the kernel's, then the arrays.
std::vector<Range> ranges;
const size_t OTHERS = 4;
size_t last_range;

[[noreturn]] void fault(size_t range, const void* pc) {
    if (range >= OTHERS) launch->fault_array = range - OTHERS;
    stop(pc);
}
[[noreturn]] void out_of_bounds(const char* at, size_t size, Kind kind, const void* pc) {
    size_t nearest = 0;
    ptrdiff_t apart = PTRDIFF_MAX;
    for (size_t k = 0; k < ranges.size(); k++) {
        const Range& r = ranges[k];
        if (r.place == UNWATCHED || (r.place == SHARED && r.size == 0)) continue;
        const ptrdiff_t d = at < r.begin ? r.begin - at : at - r.begin - (ptrdiff_t)r.size + 1;
        if (d < apart) apart = d, nearest = k;
    }
    const Range& r = ranges[nearest];
    sprintf(launch->message, "out of bounds: %s of %zu bytes at byte %td of %zu%s, " WHERE,
            NAMES[kind], size, at - r.begin, r.size, r.place == SHARED ? " of shared memory" : "",
            HERE);
    fault(nearest, pc);
}
size_t range_of(const char* at, size_t size, Kind kind, const void* pc) {
    if (ranges[last_range].holds(at, size)) return last_range;
    for (size_t k = 0; k < OTHERS; k++)
        if (ranges[k].holds(at, size)) return k;
    const auto behind = std::upper_bound(ranges.begin() + OTHERS, ranges.end(), at,
                                         [](const char* a, const Range& r) { return a < r.begin; });
    const size_t k = behind - ranges.begin() - 1;
    if (k < OTHERS || !ranges[k].holds(at, size)) out_of_bounds(at, size, kind, pc);
    return k;
}
// Whether what thread did then is known to come before what the current thread does now.
bool ordered(uint32_t block, uint32_t then, uint16_t warp, uint16_t thread) {
    if (block != block_number) return false;
    const bool same_warp = thread / 32 == current / 32;
    return thread == current || then != phase || (same_warp && warp != warp_phase[current / 32]);
}
bool unordered_read(const Item& item) {
    if (!(item.flags & SEEN)) return false;
    if (item.flags & BLOCKS) return true;
    if (!ordered(item.r_block, item.r_phase, item.r_warp, item.r_thread)) return true;
    if (item.r_block != block_number || item.r_phase != phase) return false;
    const bool many_now = (item.flags & MANY) && item.r_warp == warp_phase[current / 32];
    return (item.flags & WARPS) || many_now;
}
void note_read(Item& item) {
    const uint16_t warp = warp_phase[current / 32];
    if ((item.flags & SEEN) && item.r_block != block_number) item.flags |= BLOCKS;
    if (!(item.flags & SEEN) || item.r_block != block_number || item.r_phase != phase)
        item.flags &= ~(MANY | WARPS);
    else if (item.r_thread / 32 != current / 32)
        item.flags |= WARPS;
    else if (item.r_warp != warp)
        item.flags &= ~MANY;
    else if (item.r_thread != current)
        item.flags |= MANY;
    item.flags |= SEEN;
    item.r_block = block_number, item.r_phase = phase, item.r_warp = warp, item.r_thread = current;
}
void note_write(Item& item, Kind kind) {
    item.flags = (item.flags & ~BY_ATOMIC) | SET | WRITTEN | (kind == WRITE ? 0 : BY_ATOMIC);
    item.w_block = block_number, item.w_phase = phase;
    item.w_warp = warp_phase[current / 32], item.w_thread = current;
}
void check_item(size_t k, size_t number, Kind kind, const void* pc) {
    Range& r = ranges[k];
    Item& item = r.shadow[number];
    const bool writes = kind == WRITE || kind == VOLATILE_WRITE;
    const bool known = r.place == SHARED ? item.flags & SET : !r.written || r.written[number];
    if (!writes && !known) {
        sprintf(launch->message, "uninitialised %s memory: %s of element %zu, " WHERE,
                r.place == SHARED ? "shared" : "global", NAMES[kind], number, HERE);
        fault(k, pc);
    }
    const bool among_atomics = kind >= ATOMIC && (item.flags & BY_ATOMIC);
    const char* other = nullptr;
    if ((item.flags & WRITTEN) && !among_atomics &&
        !ordered(item.w_block, item.w_phase, item.w_warp, item.w_thread))
        other = "write";
    else if ((writes || kind == ATOMIC) && unordered_read(item))
        other = "read";
    if (other) {
        sprintf(launch->message, "race: %s after an unordered %s by thread %d, element %zu, " WHERE,
                NAMES[kind], other, other[0] == 'w' ? item.w_thread : item.r_thread, number, HERE);
        fault(k, pc);
    }
    if (kind == READ) {
        note_read(item);
    } else if (kind != VOLATILE_READ) {
        note_write(item, kind);
        if (r.written) r.written[number] = 1;
    }
}
void check(const void* address, size_t size, Kind kind, const void* pc) {
    if (!inside) return;  // our own trampolines
    if (++steps > MOST_STEPS) {
        sprintf(launch->message, "no end: 10^9 accesses between barriers, " WHERE, HERE);
        stop(pc);
    }
    const char* at = (const char*)address;
    const Fiber& fiber = fibers[current];
    if (at >= fiber.stack && at < fiber.stack + STACK) return;
    const size_t k = range_of(at, size, kind, pc);
    last_range = k;
    if (ranges[k].place == UNWATCHED) return;
    if (size <= 8 && (uintptr_t)at % size) {
        sprintf(launch->message, "misaligned %s of %zu bytes, " WHERE, NAMES[kind], size, HERE);
        fault(k, pc);
    }
    // A structure of two numbers is copied at once.
    const bool pair = size == 16 && ranges[k].item == 8;
    if (ranges[k].place == GLOBAL && size != ranges[k].item && !pair) {
        sprintf(launch->message, "wrong type: %s of %zu bytes in an array of %zu a item, " WHERE,
                NAMES[kind], size, ranges[k].item, HERE);
        fault(k, pc);
    }
    // Other threads may come in between: this one's state is still READY.
    if (kind >= ATOMIC && draw(4) == 0) leave();
    Range& r = ranges[k];
    if (r.shadow.empty()) r.shadow.assign(r.size / r.item + 1, Item{});
    const size_t first = (at - r.begin) / r.item, last = (at - r.begin + size - 1) / r.item;
    for (size_t number = first; number <= last; number++) check_item(k, number, kind, pc);
}
}  // namespace

void begin_checks() {
    if (!launch->checked) return;
    char** extent = launch->extent;
    ranges.clear();
    ranges.push_back({extent[0], (size_t)(extent[1] - extent[0]), 1, SHARED, nullptr, {}});
    ranges.push_back({dynamic_begin, launch->dynamic_bytes, 1, SHARED, nullptr, {}});
    ranges.push_back({&__ehdr_start, (size_t)(&_end - &__ehdr_start), 1, UNWATCHED, nullptr, {}});
    ranges.push_back({extent[2], (size_t)(extent[3] - extent[2]), 1, UNWATCHED, nullptr, {}});
    for (size_t k = 0; k < launch->array_count; k++) {
        const Array& a = launch->arrays[k];
        ranges.push_back({a.begin, a.size, a.item, GLOBAL, a.written, {}});
    }
    last_range = 0;
}
void begin_block_checks() {
    if (!launch->checked) return;
    for (size_t k = 0; k < 2; k++) ranges[k].shadow.assign(ranges[k].size + 1, Item{});
}

#define PC __builtin_return_address(0)
extern "C" {
void emu_fail(const char* what) {
    sprintf(launch->message, "%s, " WHERE, what, HERE);
    stop(PC);
}
void emu_atomic(const void* at, unsigned size, const void* pc) {
    if (launch->checked) check(at, size, ATOMIC, pc);
}
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_read_range(void* at, size_t size) { check(at, size, READ, PC); }
void __tsan_write_range(void* at, size_t size) { check(at, size, WRITE, PC); }
#define OF_SIZE(N)                                                                        \
    void __tsan_read##N(void* at) { check(at, N, READ, PC); }                             \
    void __tsan_write##N(void* at) { check(at, N, WRITE, PC); }                           \
    void __tsan_unaligned_read##N(void* at) { check(at, N, READ, PC); }                   \
    void __tsan_unaligned_write##N(void* at) { check(at, N, WRITE, PC); }                 \
    void __tsan_volatile_read##N(void* at) { check(at, N, VOLATILE_READ, PC); }           \
    void __tsan_volatile_write##N(void* at) { check(at, N, VOLATILE_WRITE, PC); }         \
    void __tsan_unaligned_volatile_read##N(void* at) { check(at, N, VOLATILE_READ, PC); } \
    void __tsan_unaligned_volatile_write##N(void* at) { check(at, N, VOLATILE_WRITE, PC); }
OF_SIZE(1)
OF_SIZE(2)
OF_SIZE(4)
OF_SIZE(8)
OF_SIZE(16)

// What g++ -fsanitize=undefined calls: its data begin with file, line and column.
struct Source {
    const char* file;
    uint32_t line, column;
};
#define UNDEFINED(NAME, WHAT)                                               \
    void __ubsan_handle_##NAME(Source* at, void*, void*) {                  \
        sprintf(launch->message, WHAT ", line %u, " WHERE, at->line, HERE); \
        stop(nullptr);                                                      \
    }
UNDEFINED(add_overflow, "signed overflow in +")
UNDEFINED(sub_overflow, "signed overflow in -")
UNDEFINED(mul_overflow, "signed overflow in *")
UNDEFINED(negate_overflow, "signed overflow in -")
UNDEFINED(divrem_overflow, "division by zero")
UNDEFINED(out_of_bounds, "index out of an array's bounds")
UNDEFINED(shift_out_of_bounds, "shift too far")
UNDEFINED(float_cast_overflow, "float out of the integer's range")
}
