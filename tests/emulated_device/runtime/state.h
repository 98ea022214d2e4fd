// What the scheduler (scheduler.cpp) and the checker (checker.cpp) share.
#pragma once
#include "cuda_shim.h"
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <ucontext.h>

const size_t STACK = 128 << 10, GUARD = 256;
const uint32_t POISON = 0xFFF5A5A5u;  // a NaN as float and as double
const unsigned char EDGE = 0xC7;      // what guards are filled with

enum State : uint8_t { READY, AT_BARRIER, AT_WARP, DONE };

// One CUDA thread.
struct Fiber {
    ucontext_t context;
    jmp_buf at;
    char* stack = nullptr;
    bool begun = false;
    State state = READY;
    int line = 0, op = 0, source = 0;  // of the barrier or warp operation that it waits at
    unsigned mask = 0;
    uint64_t value = 0;
    uint3 index;
};

// An array on the emulated device. `written` has a byte an item, null where all are known.
struct Array {
    char* begin;
    size_t size;
    size_t item;
    unsigned char* written;
};

// What Python hands over for one launch; it reads `fault_…` after a fault.
struct Launch {
    void (*call)(void**);
    void** arguments;
    unsigned grid[3], block[3];
    size_t dynamic_bytes;
    uint64_t seed;
    char* extent[4];
    const Array* arrays;  // by ascending address
    size_t array_count;
    int checked;
    char* message;
    const void* fault_pc;
    long long fault_array;
};

extern Fiber* fibers;
extern Launch* launch;
extern char* dynamic_begin;
extern int current, total;                 // the running thread, threads of a block
extern unsigned block_number, phase;       // phase: barriers passed, through all blocks
extern uint16_t warp_phase[33];            // the same of each warp
extern bool inside;                        // a kernel runs
extern size_t steps;                       // accesses since the last barrier

uint32_t draw(uint32_t below);             // the next random number
void leave();                              // from a fiber to the scheduler
[[noreturn]] void stop(const void* pc);    // end the launch with the fault in `message`

void begin_checks();                       // of a launch
void begin_block_checks();                 // of a block: its shared memory is new

#define WHERE "block (%u,%u,%u) thread (%u,%u,%u)"
#define HERE blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z
