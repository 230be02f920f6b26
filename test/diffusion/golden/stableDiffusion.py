"""
Writes tiny-sd/ and tiny-sd-fp16/, models of Stable Diffusion 1.5's classes and graph interface that fit in a few
hundred kilobytes, exported by Optimum as a real one is, and stableDiffusion.safetensors, what diffusers makes with the
first: token ids, latents after each step, pixels.

    python -m venv venv && venv/bin/pip install torch diffusers==0.35.2 transformers==4.57.6 optimum-onnx==0.1.0
    venv/bin/python test/diffusion/golden/stableDiffusion.py && npx biome format --write test/diffusion/golden

noise.f32 is `rng(7, 'noise', 'c0', 0).child('start').normals(256)` of lib/random, the noise that the pipeline gives
image 0 of caption c0 with seed 7. The vocabulary is CLIP's alphabet of bytes and some merges learnt from SENTENCES.
Nothing is from elsewhere: weights, vocabulary and numbers are made here, under the licence of the code.
"""

import json
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import torch
from diffusers import AutoencoderKL, DDIMScheduler, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from optimum.exporters.onnx import main_export
from safetensors.numpy import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, CLIPTokenizerFast

here = Path(__file__).parent
SENTENCES = """
a red apple on a wooden table beside the window
the old lighthouse stands above the sea in the evening
two small birds are sitting on a fence in the snow
a bowl of soup and a piece of bread on the kitchen table
a painting of the mountains under a cloudy sky
an orange cat sleeps on the sofa near the fire
a child with a blue balloon is walking along the beach
""".split("\n")
PROMPT = "A painting of an orange cat on the beach"
TEXTS = [
    "",
    PROMPT,
    "a cat's 2 red-apples, it's 1999!!",
    "  Two\tbirds \n in   the SNOW... ",
    "café naïve Übergröße 北京 🍎🍏",
    "cafe\u0301 and caf\u00e9",
    "we'll don't they've I'm he'd 'tis",
    "a_b #tag @you (x) <y> 3.14 $5 50%",
    "<|endoftext|> in the middle",
    "the old lighthouse stands above the sea " * 20,
]
STEPS = 50


def alphabet():
    """CLIP's printable names of the 256 bytes, in its order."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(rest)}


def learn_merges(count):
    """Byte pair encoding by its definition: the most frequent pair becomes one token, again and again."""
    letters = alphabet()
    words = Counter(word for line in SENTENCES for word in line.split())
    pieces = {w: [*(letters[b] for b in w.encode()[:-1]), letters[w.encode()[-1]] + "</w>"] for w in words}
    merges = []
    for _ in range(count):
        pairs = Counter()
        for word, parts in pieces.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += words[word]
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        for word, parts in pieces.items():
            i = 0
            while i < len(parts) - 1:
                if (parts[i], parts[i + 1]) == best:
                    parts[i : i + 2] = ["".join(best)]
                i += 1
    return merges


def make_tokenizer(folder):
    merges = learn_merges(120)
    letters = list(alphabet().values())
    tokens = [*letters, *(x + "</w>" for x in letters), *dict.fromkeys("".join(m) for m in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *(" ".join(m) for m in merges), ""]))
    return CLIPTokenizer(folder / "vocab.json", folder / "merges.txt", pad_token="<|endoftext|>", model_max_length=77)


def make_pipeline(folder):
    torch.manual_seed(0)
    tokenizer = make_tokenizer(folder)
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=77,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            initializer_factor=8.0,
        )
    )
    # The blocks of Stable Diffusion 1.5 with 8 or 16 channels in the place of 320 to 1280, one layer in that of two.
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        block_out_channels=(8, 8, 16, 16),
        layers_per_block=1,
        cross_attention_dim=32,
        attention_head_dim=2,
        norm_num_groups=4,
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 8, 8),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
        scaling_factor=0.18215,
    )
    # The content of the original's scheduler_config.json; clip_sample is for those who take DDIM instead.
    scheduler = PNDMScheduler.from_config(
        {
            "num_train_timesteps": 1000,
            "beta_start": 0.00085,
            "beta_end": 0.012,
            "beta_schedule": "scaled_linear",
            "set_alpha_to_one": False,
            "skip_prk_steps": True,
            "steps_offset": 1,
            "trained_betas": None,
            "clip_sample": False,
        }
    )
    return StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def train(pipeline, steps=300):
    """
    Lets the U-Net learn to find the noise in latents of one colour a sentence: an untrained one gives latents of 20
    times the size of a real one's, of which the caption is no visible part.
    """
    noise_levels = DDIMScheduler.from_config(pipeline.scheduler.config)
    ids = pipeline.tokenizer([""] + SENTENCES[1:-1], padding="max_length", max_length=77, return_tensors="pt").input_ids
    with torch.no_grad():
        states = pipeline.text_encoder(ids).last_hidden_state
    colours = torch.randn(len(ids), 4, 1, 1)
    optimizer = torch.optim.Adam(pipeline.unet.parameters(), lr=3e-3)
    for step in range(steps):
        which = torch.randint(len(ids), (16,))
        times = torch.randint(1000, (16,))
        noise = torch.randn(16, 4, 8, 8)
        noisy = noise_levels.add_noise(colours[which] + 0.3 * torch.randn(16, 4, 8, 8), noise, times)
        loss = (pipeline.unet(noisy, times, states[which]).sample - noise).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 49:
            print(f"step {step + 1}: loss {loss.item():.3f}")


def export(source, target, dtype):
    shutil.rmtree(target, ignore_errors=True)
    main_export(str(source), str(target), task="text-to-image", dtype=dtype, do_validation=False, opset=17)
    shutil.rmtree(target / "vae_encoder")
    for file in target.glob("**/*.json"):
        kept = [line for line in file.read_text().splitlines() if "_name_or_path" not in line]
        file.write_text("\n".join(kept))
        json.loads(file.read_text())
    for file in target.glob("*/model.onnx"):
        model = onnx.load(file)
        shorten(model.graph)
        onnx.save(model, file)


def shorten(graph):
    """Leaves out where in the source code a node is from and what it is called: half of a file as small as these."""
    kept = {"", *(port.name for port in [*graph.input, *graph.output])}
    short = {}
    rename = lambda name: name if name in kept else short.setdefault(name, f"t{len(short)}")
    del graph.value_info[:]
    for tensor in graph.initializer:
        tensor.name = rename(tensor.name)
    for node in graph.node:
        node.name = node.doc_string = ""
        del node.metadata_props[:]
        node.input[:] = [rename(name) for name in node.input]
        node.output[:] = [rename(name) for name in node.output]


def golden(pipeline, source):
    pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    noise = torch.from_numpy(np.fromfile(here / "noise.f32", dtype=np.float32)).reshape(1, 4, 8, 8)
    # The older, slow tokenizer parts Chinese characters, or straightens quotes, as ftfy is there or not.
    fast = CLIPTokenizerFast.from_pretrained(source / "tokenizer")
    ids = fast(TEXTS, padding="max_length", truncation=True, max_length=77).input_ids
    out = {"noise": noise.numpy()[0], "ids": np.array(ids, dtype=np.int32)}
    for guidance in (2.5, 7.5):
        latents = []

        def keep(_pipeline, _step, _timestep, tensors):
            latents.append(tensors["latents"][0].numpy().copy())
            return tensors

        images = pipeline(
            PROMPT,
            num_inference_steps=STEPS,
            guidance_scale=guidance,
            latents=noise,
            output_type="np",
            callback_on_step_end=keep,
        ).images
        out[f"latents.{guidance}"] = np.stack(latents)
        out[f"pixels.{guidance}"] = np.ascontiguousarray((images[0] * 255).round(), dtype=np.int32)
        print(guidance, "latents", latents[-1].std(), "pixels", images[0].mean(), images[0].std())
    return out


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        source = Path(name)
        pipeline = make_pipeline(source)
        pipeline.set_progress_bar_config(disable=True)
        train(pipeline)
        pipeline.save_pretrained(source)
        tensors = golden(pipeline, source)
        texts = {"texts": json.dumps(TEXTS), "prompt": PROMPT, "made by": f"torch {torch.__version__}"}
        save_file(tensors, here / "stableDiffusion.safetensors", metadata=texts)
        if "--golden-only" not in sys.argv:
            export(source, here / "tiny-sd", "fp32")
            export(source, here / "tiny-sd-fp16", "fp16")
