"""
Writes sd2Tokenizer.json: ids of CLIP's tokenizer with Stable Diffusion 2's padding, by transformers' CLIPTokenizer, for each
place where the padding may be named. The vocabulary is tiny-sd's.

    python test/diffusion/golden/sd2Tokenizer.py        needs transformers
"""

import json
import pathlib
import shutil
import tempfile

from transformers import CLIPTokenizer

here = pathlib.Path(__file__).parent
texts = ["a cat", "hello! a cat!", "!", "", "a cat ! and !! a dog"]
end = "<|endoftext|>"
common = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 12, "bos_token": "<|startoftext|>", "eos_token": end, "unk_token": end}
added = {
    str(i): {"content": t, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    for i, t in [(0, "!"), (632, "<|startoftext|>"), (633, end)]
}
cases = {
    "config": ({**common, "pad_token": "!"}, None),
    "map": ({**common, "pad_token": end}, {"pad_token": "!"}),
    "decoder": ({**common, "pad_token": "!", "added_tokens_decoder": added}, {"pad_token": end}),
    "end": ({**common, "pad_token": end}, None),
    "neither": (common, None),
}
result = {}
for name, (config, special) in cases.items():
    with tempfile.TemporaryDirectory() as folder:
        for file in ("vocab.json", "merges.txt"):
            shutil.copy(here / "tiny-sd/tokenizer" / file, folder)
        pathlib.Path(folder, "tokenizer_config.json").write_text(json.dumps(config))
        if special:
            pathlib.Path(folder, "special_tokens_map.json").write_text(json.dumps(special))
        tokenizer = CLIPTokenizer.from_pretrained(folder)
        ids = [tokenizer(t, padding="max_length", truncation=True, max_length=12).input_ids for t in texts]
    result[name] = {"config": config, "special": special, "ids": ids}
(here / "sd2Tokenizer.json").write_text(json.dumps({"texts": texts, "cases": result}) + "\n")
