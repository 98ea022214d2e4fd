// Blocks one after another in shuffled order; each CUDA thread is a fiber, all in one OS thread.
// Fibers change at barriers and warp operations, and in checked mode at atomics and volatiles.
#include "state.h"
#include <sys/mman.h>
#include <utility>
#include <vector>

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;
char* emu_dynamic;
Launch* launch;
char* dynamic_begin;
int current, total;
unsigned block_number, phase;
uint16_t warp_phase[33];
bool inside;
size_t steps;

namespace {
const int MOST_THREADS = 1024;
const size_t PAGE = 4096, SPARE = 4096;  // spare: watched bytes behind dynamic shared memory
Fiber all_fibers[MOST_THREADS];
jmp_buf scheduler, out;
uint64_t random_state;
int votes;  // true predicates at the barrier

void run_kernel() {
    for (;;) {
        launch->call(launch->arguments);
        all_fibers[current].state = DONE;
        leave();
    }
}
void resume(int k) {
    Fiber& fiber = all_fibers[k];
    current = k;
    threadIdx = fiber.index;
    inside = true;
    if (_setjmp(scheduler)) return;
    if (fiber.begun) _longjmp(fiber.at, 1);
    fiber.begun = true;
    setcontext(&fiber.context);
}
void prepare(int count) {
    for (int k = 0; k < count; k++) {
        Fiber& fiber = all_fibers[k];
        if (fiber.stack) continue;
        const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        char* room = (char*)mmap(nullptr, STACK + PAGE, PROT_READ | PROT_WRITE, kind, -1, 0);
        mprotect(room, PAGE, PROT_NONE);
        fiber.stack = room + PAGE;
        fiber.begun = false;
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack;
        // Apart in the cache: page-aligned stacks doubled the time of 512 threads.
        fiber.context.uc_stack.ss_size = STACK - k % 61 * 64;
        fiber.context.uc_link = nullptr;
        makecontext(&fiber.context, run_kernel, 0);
    }
}
void drop_fibers() {
    for (Fiber& fiber : all_fibers)
        if (fiber.stack) {
            munmap(fiber.stack - PAGE, STACK + PAGE);
            fiber.stack = nullptr;
        }
}
void poison(char* at, size_t size) {
    for (size_t k = 0; k + 4 <= size; k += 4) memcpy(at + k, &POISON, 4);
}

// Stop unless lane `lane` can take part in the operation that thread `k` waits at.
bool lane_waits(int k, int lane) {
    const Fiber& me = all_fibers[k];
    const int other = (k & ~31) + lane;
    if (other >= total || all_fibers[other].state == DONE) {
        sprintf(launch->message, "line %d: lane %d is in the mask %08x but has exited, " WHERE,
                me.line, lane, me.mask, HERE);
        stop(nullptr);
    }
    const Fiber& f = all_fibers[other];
    if (f.state != AT_WARP) return false;
    if (f.line != me.line || f.mask != me.mask || f.op != me.op) {
        sprintf(launch->message,
                "divergent warp: lanes %d and %d wait at lines %d and %d, masks %08x and %08x, "
                WHERE, k & 31, lane, me.line, f.line, me.mask, f.mask, HERE);
        stop(nullptr);
    }
    return true;
}
// Let the lanes of thread `k`'s mask go on if all have come.
void release_warp(int k) {
    const Fiber& me = all_fibers[k];
    const int first = k & ~31, op = me.op;
    // A last, partial warp may name all lanes.
    const unsigned there = total - first >= 32 ? ~0u : (1u << (total - first)) - 1;
    const unsigned mask = me.mask == ~0u ? there : me.mask;
    if (!(mask >> (k & 31) & 1)) {
        sprintf(launch->message, "line %d: lane %d is not in its own mask %08x, " WHERE, me.line,
                k & 31, me.mask, HERE);
        stop(nullptr);
    }
    uint64_t values[32], ballot = 0;
    for (int lane = 0; lane < 32; lane++)
        if (mask >> lane & 1) {
            if (!lane_waits(k, lane)) return;
            values[lane] = all_fibers[first + lane].value;
            if (values[lane]) ballot |= 1ull << lane;
        }
    for (int lane = 0; lane < 32; lane++)
        if (mask >> lane & 1) {
            Fiber& f = all_fibers[first + lane];
            if (op == EMU_SHUFFLE && !(mask >> f.source & 1)) {
                sprintf(launch->message,
                        "line %d: lane %d shuffles from lane %d, which takes no part, " WHERE,
                        f.line, lane, f.source, HERE);
                stop(nullptr);
            }
            uint64_t alike = 0;
            for (int other = 0; other < 32; other++)
                if (mask >> other & 1 && values[other] == values[lane]) alike |= 1ull << other;
            f.value = op == EMU_SHUFFLE ? values[f.source] : op == EMU_MATCH ? alike : ballot;
            f.state = READY;
        }
    warp_phase[k / 32]++;
}
// Stop unless all threads wait at one barrier; return whether none is left.
bool all_done() {
    int waiting = -1, done = -1;
    for (int k = 0; k < total; k++) {
        const Fiber& f = all_fibers[k];
        if (f.state == AT_WARP) {
            sprintf(launch->message,
                    "divergent warp: thread %d waits at line %d for lanes that do not come, " WHERE,
                    k, f.line, HERE);
            stop(nullptr);
        }
        if (f.state == DONE) {
            done = k;
        } else if (waiting >= 0 && all_fibers[waiting].line != f.line) {
            sprintf(launch->message,
                    "divergent barrier: threads %d and %d wait at lines %d and %d, " WHERE, waiting,
                    k, all_fibers[waiting].line, f.line, HERE);
            stop(nullptr);
        } else {
            waiting = k;
        }
    }
    if (waiting >= 0 && done >= 0) {
        sprintf(launch->message,
                "divergent barrier: thread %d waits at line %d, thread %d has exited, " WHERE,
                waiting, all_fibers[waiting].line, done, HERE);
        stop(nullptr);
    }
    return waiting < 0;
}
void run_block(std::vector<int>& order) {
    for (int k = 0; k < total; k++) all_fibers[k].state = READY;
    do {  // from barrier to barrier
        for (int k = total - 1; k > 0; k--) std::swap(order[k], order[draw(k + 1)]);
        phase++;
        votes = 0;
        steps = 0;
        for (int k = 0; k < total; k++)
            if (all_fibers[k].state == AT_BARRIER) all_fibers[k].state = READY;
        for (bool moved = true; moved;) {
            moved = false;
            for (int k : order)
                if (all_fibers[k].state == READY) {
                    moved = true;
                    resume(k);
                    if (all_fibers[k].state == AT_WARP) release_warp(k);
                }
        }
        for (int k = 0; k < total; k++)
            if (all_fibers[k].state == AT_BARRIER) all_fibers[k].value = votes;
    } while (!all_done());
}
bool only(const char* at, size_t size, unsigned char byte) {
    for (size_t k = 0; k < size; k++)
        if ((unsigned char)at[k] != byte) return false;
    return true;
}
void check_guards() {
    for (size_t k = 0; k < launch->array_count; k++) {
        const Array& a = launch->arrays[k];
        if (only(a.begin - GUARD, GUARD, EDGE) && only(a.begin + a.size, GUARD, EDGE)) continue;
        sprintf(launch->message, "out of bounds: a write next to an array of %zu bytes", a.size);
        launch->fault_array = k;
        stop(nullptr);
    }
}
void run_blocks() {
    static std::vector<char> pool;
    const size_t room = (launch->dynamic_bytes + 15) / 16 * 16;
    if (pool.size() < room + SPARE + 64) pool.resize(room + SPARE + 64);
    dynamic_begin = (char*)(((uintptr_t)pool.data() + 63) & ~(uintptr_t)63);
    emu_dynamic = dynamic_begin;
    begin_checks();
    std::vector<int> order(total);
    for (int k = 0; k < total; k++) {
        const unsigned n = k, x = blockDim.x, y = blockDim.y;
        order[k] = k;
        all_fibers[k].index = {n % x, n / x % y, n / (x * y)};
    }
    std::vector<uint32_t> blocks(gridDim.x * gridDim.y * gridDim.z);
    for (uint32_t k = 0; k < blocks.size(); k++) {
        blocks[k] = k;
        std::swap(blocks[k], blocks[draw(k + 1)]);
    }
    for (uint32_t b : blocks) {
        blockIdx = {b % gridDim.x, b / gridDim.x % gridDim.y, b / (gridDim.x * gridDim.y)};
        block_number = b;
        poison(launch->extent[0], launch->extent[1] - launch->extent[0]);
        poison(dynamic_begin, room + SPARE);
        begin_block_checks();
        run_block(order);
        for (size_t k = room; k < room + SPARE; k += 4)
            if (memcmp(dynamic_begin + k, &POISON, 4)) {
                sprintf(launch->message, "out of bounds: a write behind dynamic shared memory, "
                        "block (%u,%u,%u)", blockIdx.x, blockIdx.y, blockIdx.z);
                stop(nullptr);
            }
    }
    inside = false;
    check_guards();
}
}  // namespace

Fiber* fibers = all_fibers;

uint32_t draw(uint32_t below) {  // xorshift
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % below;
}
void leave() {
    if (!_setjmp(all_fibers[current].at)) _longjmp(scheduler, 1);
    threadIdx = all_fibers[current].index;
}
void stop(const void* pc) {
    launch->fault_pc = pc;
    _longjmp(out, 1);
}

extern "C" {
int emu_barrier(int line, int predicate) {
    Fiber& fiber = all_fibers[current];
    fiber.line = line;
    fiber.state = AT_BARRIER;
    votes += predicate;
    leave();
    return (int)all_fibers[current].value;
}
uint64_t emu_warp(int op, unsigned mask, uint64_t value, int source, int line) {
    Fiber& fiber = all_fibers[current];
    fiber.line = line, fiber.op = op, fiber.mask = mask, fiber.value = value;
    fiber.source = source;
    fiber.state = AT_WARP;
    leave();
    return all_fibers[current].value;
}
// Run a kernel; 1 after a fault.
int emulator_launch(Launch* given) {
    launch = given;
    launch->fault_pc = nullptr;
    launch->fault_array = -1;
    gridDim = {given->grid[0], given->grid[1], given->grid[2]};
    blockDim = {given->block[0], given->block[1], given->block[2]};
    total = blockDim.x * blockDim.y * blockDim.z;
    random_state = given->seed * 0x9E3779B97F4A7C15ull + 0x1234567;
    phase = 0;
    prepare(total);
    if (_setjmp(out)) {
        inside = false;
        drop_fibers();  // they stand in the middle of the kernel
        return 1;
    }
    run_blocks();
    return 0;
}
}
