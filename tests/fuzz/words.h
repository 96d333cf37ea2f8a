/* SPDX-License-Identifier: MIT */
/*
 * A case as one word for the command line, its scene and each step of it, so that it can be made again on any unit:
 *
 *	s.2.1.3.c......5,p5.0.2,i,d
 *
 * A letter says what a piece is, numbers in hexadecimal follow, those that are 0 left out. What only a machine knows
 * (where pages, entries and the board are, ids of devices, vectors) is taken out of them, and put in where it is read.
 */
#pragma once

#include "tests/fuzz/act.h"

/* The longest: what is longer is cut, and refused when it is read. */
enum { WORDS_BYTES = 2560 };

void words_write(char *text, size_t size, const struct theatre *theatre,
		 const struct fuzz_case *fuzz, uint32_t mask);

/*
 * For that unit and agent: a domain or depth of tables that the unit does not have becomes one that it has. NULL, or
 * what is wrong with the words, for a sentence that begins with "replay=".
 */
const char *words_read_scene(const char *words, const struct unit *unit, const struct agent *agent,
			     struct scene *scene);

/* For a theatre that shows this scene. */
const char *words_read_case(const char *words, const struct theatre *theatre,
			    struct fuzz_case *fuzz);
