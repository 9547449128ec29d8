/** @file Limits of both specifications (SPEC §4, §5, §7, §9; seal SPEC §3, §5). */

export const TEXT_BYTES = 16_384;
export const HELLO_BYTES = 1_024;
export const RECORD_BYTES = 4_096;
export const HEADER_BYTES = 12;
export const TAG_BYTES = 16;
export const CONTROL_FRAME_BYTES = 16_640;
export const PICTURE_FRAME_BYTES = 1_048_576;
export const DIRECT_FRAME_BYTES = 262_144;
export const SOUND_FRAME_BYTES = 2_048;
export const PICTURE_PIXELS = 2 ** 25;
export const FRAMES_PER_STREAM = 2 ** 20;
export const PAD_BYTES = 64;
export const OPUS_BYTES = 1_275;
export const SIGNAL_CHARACTERS = 8_192;
export const PROOFS = 3;
export const PROOF_BYTES = 4_096;
export const MASKED_REGIONS = 255;

export const CODE_S = 600;
export const PAIRING_MS = 30_000;
export const CONSENT_MS = 60_000;
export const IDLE_MS = 600_000;
export const IDLE_WARNING_MS = 540_000;
export const TIME_WARNING_MS = 120_000;
export const STALE_MS = 3_000;
export const SILENT_MS = 4_750;
export const ALIVE_AFTER_MS = 1_500;
export const ALIVE_EVERY_MS = 300;
export const ALIVE_AGAIN_MS = 1_000;
export const ALIVE_DRAWN_MS = 100;
export const PICTURES_KEPT = 32;
export const PICTURES_KEPT_BYTES = 524_288;
export const ALIVE_WAIT_MS = 3_000;
export const ALIVE_MOST_MS = 10_000;
export const RECORD_DUE_MS = 5_000;
export const CONTROL_FRAMES_PER_S = 30;
export const CONTROL_FRAMES_BURST = 90;

export const LONGEST_GRANT_S = 1_800;
export const BADGE_CHARACTERS = 4_096;

export const SKEW_S = 300;
export const KEYSET_BYTES = 8_192;
export const KEYSET_LIFE_S = 400 * 86_400;
export const KEYS_OF_A_KIND = 8;
export const VKEY_CHARACTERS = 256;
export const STATUS_BYTES = 48_000;
export const STATUS_LIFE_S = 86_400;
export const STATUS_JTIS = 4_096;
export const STATUS_KIDS = 256;
export const CLAIM_CHARACTERS = 256;
export const UNIT_CHARACTERS = 64;

export const PATH_CHARACTERS = 128;
export const POINTER_STEPS = 16;
export const POINTER_MAX = 65_535;
export const TEXT_CHARACTERS = 256;
export const STILL_BYTES = 16 * 1_048_576;
export const STILL_PART_BYTES = 65_536;
export const STILL_AGAIN_MS = 2_000;
export const VALUE_CHARACTERS = 256;
export const SETTINGS_PER_MESSAGE = 64;
export const SETTINGS_PARTS = 8;
export const OPTIONS_PER_SETTING = 32;
export const OPTION_CHARACTERS = 64;
