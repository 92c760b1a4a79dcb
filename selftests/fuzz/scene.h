/* SPDX-License-Identifier: Apache-2.0 */
/* scene: the handshakes that the fuzzers begin with: which version, which
 * features, with a session or without. */
#ifndef SCENE_H
#define SCENE_H

#include "selftests/engine/pair.h"

#define SCENES 24

/* A pair that is open and not yet started. */
void scene_open(struct pair *p, unsigned int scene);
/* pair_start(); and a client's early data, where the scene has some. */
void scene_start(struct pair *p, unsigned int scene);
/* Once the handshake is over the server asks for a certificate, or a side
 * renegotiates, where the scene has it: true if it did. */
bool scene_ask(struct pair *p, unsigned int scene);
void scene_close(struct pair *p);

#endif
