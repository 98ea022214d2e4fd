// CUDA C on the host: what a kernel sees. Included before the kernel's source.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <type_traits>
#include <utility>

#ifdef EMU_CHECKED
// noipa: otherwise g++ moves parts of a helper into its callers, where they are watched.
#define EMU_RAW __attribute__((noipa, no_sanitize("thread", "undefined")))
#else
#define EMU_RAW
#endif
#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
// In .bss, where nothing else is. A section of its own is no way: g++ drops that attribute in
// templates, and then sees none of their accesses.
#define __shared__ static __attribute__((used))

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x, y, z; };
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
extern char* emu_dynamic;  // `extern __shared__ T x[];` becomes T* const x = (T*)emu_dynamic

extern "C" {
enum { EMU_SHUFFLE, EMU_BALLOT, EMU_MATCH, EMU_SYNC };
int emu_barrier(int line, int predicate);  // returns how many threads had a true predicate
uint64_t emu_warp(int op, unsigned mask, uint64_t value, int source, int line);
void emu_atomic(const void* at, unsigned size, const void* pc);  // informs the checker
void emu_fail(const char* what);
}

// Barriers are told apart by their line: g++ duplicates code, so its address does not serve.
#define __syncthreads() ((void)emu_barrier(__LINE__, 0))
#define __syncthreads_count(p) emu_barrier(__LINE__, !!(p))
#define __syncthreads_or(p) (emu_barrier(__LINE__, !!(p)) > 0)
#define __syncthreads_and(p) (emu_barrier(__LINE__, !(p)) == 0)
#define __syncwarp(...) ((void)emu_warp(EMU_SYNC, emu_mask(__VA_ARGS__), 0, 0, __LINE__))
#define __ballot_sync(m, p) ((unsigned)emu_warp(EMU_BALLOT, m, !!(p), 0, __LINE__))
#define __match_any_sync(m, v) \
    ((unsigned)emu_warp(EMU_MATCH, m, emu_bits(v), 0, __LINE__))
#define __any_sync(m, p) (__ballot_sync(m, p) != 0)
#define __all_sync(m, p) (__ballot_sync(m, !(p)) == 0)
#define __shfl_sync(m, v, ...) emu_shuffle(__LINE__, 0, m, v, __VA_ARGS__)
#define __shfl_up_sync(m, v, ...) emu_shuffle(__LINE__, 1, m, v, __VA_ARGS__)
#define __shfl_down_sync(m, v, ...) emu_shuffle(__LINE__, 2, m, v, __VA_ARGS__)
#define __shfl_xor_sync(m, v, ...) emu_shuffle(__LINE__, 3, m, v, __VA_ARGS__)
#define __threadfence() ((void)0)
#define __threadfence_block() ((void)0)

inline unsigned emu_mask(unsigned mask = 0xffffffffu) { return mask; }
inline int emu_thread() {
    return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
}
template <class T> EMU_RAW uint64_t emu_bits(T value) {
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(T));
    return bits;
}
template <class T>
EMU_RAW T emu_shuffle(int line, int way, unsigned mask, T value, int by, int width = 32) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles carry 4 or 8 bytes");
    const int lane = emu_thread() & 31, first = lane & ~(width - 1);
    int from = way == 0   ? first + (by & (width - 1))
               : way == 1 ? lane - by
               : way == 2 ? lane + by
                          : lane ^ by;
    if (from < first || from >= first + width) from = lane;
    const uint64_t bits = emu_warp(EMU_SHUFFLE, mask, emu_bits(value), from, line);
    memcpy(&value, &bits, sizeof(T));
    return value;
}

// Atomics: only for the types that CUDA has, so that e.g. `long long` fails to compile here too.
#define EMU_RMW(T, NEW)                                         \
    emu_atomic(at, sizeof(T), __builtin_return_address(0));     \
    T old = *at;                                                \
    *at = (NEW);                                                \
    return old;
#define EMU_OP(NAME, T, NEW) EMU_RAW inline T NAME(T* at, T value) { EMU_RMW(T, NEW) }
#define EMU_WHOLE(NAME, NEW)    \
    EMU_OP(NAME, int, NEW)      \
    EMU_OP(NAME, unsigned, NEW) \
    EMU_OP(NAME, unsigned long long, NEW)
template <class T> inline T emu_sum(T a, T b) {
    T sum;
    if (__builtin_add_overflow(a, b, &sum)) {
#ifdef EMU_CHECKED
        emu_fail("atomicAdd overflows");
#endif
    }
    return sum;
}
EMU_WHOLE(atomicAdd, emu_sum(old, value))
EMU_WHOLE(atomicMax, old > value ? old : value)
EMU_WHOLE(atomicMin, old < value ? old : value)
EMU_WHOLE(atomicExch, value)
EMU_WHOLE(atomicAnd, old & value)
EMU_WHOLE(atomicOr, old | value)
EMU_WHOLE(atomicXor, old ^ value)
EMU_OP(atomicSub, int, old - value)
EMU_OP(atomicSub, unsigned, old - value)
EMU_OP(atomicAdd, float, old + value)
EMU_OP(atomicAdd, double, old + value)
#define EMU_CAS(T)                                              \
    EMU_RAW inline T atomicCAS(T* at, T expected, T value) {    \
        EMU_RMW(T, old == expected ? value : old)               \
    }
EMU_CAS(int)
EMU_CAS(unsigned)
EMU_CAS(unsigned long long)

// Arithmetic. Of a number and NaN, min and max give the number.
template <class A, class B> inline std::common_type_t<A, B> min(A a, B b) {
    const std::common_type_t<A, B> x = a, y = b;
    return y < x ? y : (x == x ? x : y);
}
template <class A, class B> inline std::common_type_t<A, B> max(A a, B b) {
    const std::common_type_t<A, B> x = a, y = b;
    return x < y ? y : (x == x ? x : y);
}
inline double __longlong_as_double(long long x) { double y; memcpy(&y, &x, 8); return y; }
inline long long __double_as_longlong(double x) { long long y; memcpy(&y, &x, 8); return y; }
inline int __popc(unsigned x) { return __builtin_popcount(x); }

// How Python calls a kernel: for each name a trampoline, and a string of its parameters' types:
// i, u, f, b and bytes; p or P before what a pointer to constant or to other data points at; V and
// bytes for a structure.
template <class T> struct EmuType {
    static char kind() {
        if (std::is_class<T>::value) return 'V';
        if (std::is_same<T, bool>::value) return 'b';
        if (std::is_floating_point<T>::value) return 'f';
        return std::is_signed<T>::value ? 'i' : 'u';
    }
    static void put(char*& text) {
        *text++ = kind();
        char digits[24];
        int count = 0;
        for (size_t size = sizeof(T); size; size /= 10) digits[count++] = '0' + size % 10;
        while (count) *text++ = digits[--count];
        *text++ = ' ';
    }
};
template <class T> struct EmuType<T*> {
    static void put(char*& text) {
        *text++ = std::is_const<T>::value ? 'p' : 'P';
        EmuType<std::remove_cv_t<T>>::put(text);
    }
};
template <class... A> void emu_describe(void (*)(A...), char* text) {
    (EmuType<std::remove_cv_t<A>>::put(text), ...);
    *text = 0;
}
template <class... A, size_t... I>
EMU_RAW void emu_apply(void (*kernel)(A...), void** values, std::index_sequence<I...>) {
    kernel(*(std::remove_cv_t<A>*)values[I]...);
}
template <class... A> EMU_RAW void emu_call(void (*kernel)(A...), void** values) {
    emu_apply(kernel, values, std::index_sequence_for<A...>{});
}
#define EMU_HIDDEN __attribute__((visibility("hidden")))
extern char __bss_start EMU_HIDDEN, __ehdr_start EMU_HIDDEN, _end EMU_HIDDEN;
#define EMU_KERNEL(name)                                                        \
    extern "C" void emu_call_##name(void** values) { emu_call(name, values); }  \
    extern "C" void emu_describe_##name(char* text) { emu_describe(name, text); }
// Where the module's static shared memory lies, and the module itself.
#define EMU_EXTENT                                                              \
    extern "C" EMU_RAW void emu_extent(char** out) {                            \
        out[0] = &__bss_start, out[1] = &_end;                                  \
        out[2] = &__ehdr_start, out[3] = &_end;                                 \
    }
