/* The Zzz app ABI, version 1.0-draft. An app includes this one header; docs/abi.md explains it. */
#ifndef ZZZ_H
#define ZZZ_H

#include "zzz/app.h"
#include "zzz/base.h"
#include "zzz/channel.h"
#include "zzz/config.h"
#include "zzz/crypto.h"
#include "zzz/http.h"
#include "zzz/log.h"
#include "zzz/loop.h"
#include "zzz/presence.h"
#include "zzz/pubsub.h"
#include "zzz/store.h"
#include "zzz/websocket.h"

#endif
