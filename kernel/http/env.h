/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything the protocol code may use from outside this folder.
 *
 * The files here are built three times: into tux.ko, into the unit tests and into the fuzz
 * targets.  They include each other and this header, nothing else, and this is the only place
 * that knows whether it is being built for the kernel.  Of the functions declared below they may
 * call memchr, memcmp, memcpy, memmove, memset, strncasecmp and strnlen.  They allocate nothing,
 * have no state that changes, take input as pointer and length (never terminated) and write
 * their output to memory of the caller whose size they are told.
 */
#ifndef HTTP_ENV_H
#define HTTP_ENV_H

#ifdef __KERNEL__

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#define fallthrough __attribute__((__fallthrough__))

#endif

#endif
