//! Digests of well-known templates, made with `cargo run -p chainwright-templates --example judge -- --table FILES`
//! from the templates that packages of inference engines and training frameworks ship (state of 2026-11).

/// Digest and name, sorted by digest.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("024ae367114f5c6cff10993fe116a64a", "trl: gemma4_v4"),
    (
        "0264a53b56acef555df82d7e04101589",
        "llama.cpp: ibm-granite-granite-4.0",
    ),
    ("027f167a4cde54c4e6753c80cd46c2bd", "huggingface.js: e2e"),
    ("04a3672fbf63cc863111efdbda9b53ea", "llama.cpp: tencent-Hy3"),
    ("0524b1becd97ccfbd1cd17ae409b9d98", "trl: muse_glimmer"),
    (
        "054b480309a76e1675856d0327a3cb01",
        "xinference: DeepSeek-V3.2-Exp",
    ),
    ("058de1293cd83d610387c0989b699da9", "xinference: orion-chat"),
    (
        "06003ce7f956e9a5fddc3ae480e03fdc",
        "llama.cpp: deepseek-ai-DeepSeek-R1-Distill-Qwen-32B",
    ),
    ("07f87e7bc74342df5a472cfcd61e7d9d", "axolotl: qwen_25"),
    (
        "088f09c50f55d2614462029baadfa834",
        "xinference: deepseek-v2.5",
    ),
    (
        "0931bd4538c776195962505855f8a454",
        "unsloth: unsloth_chat_templates",
    ),
    ("09b301548ab0c504918ce4cc59856f6b", "llama.cpp: MiniMax-M2"),
    (
        "09d4e7ed80d5b27c2f8839b3cf4335bd",
        "llama.cpp: GigaChat3.1-10B-A1.8B",
    ),
    ("0a8eea5db683611e46f481bec03f9ff6", "trl: qwen3_8"),
    (
        "0ac9586cdd9fcc7c04082e007490a0d8",
        "guidance: guidance_chat",
    ),
    (
        "0aff48b9cf4e35d879f13f008e261e76",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    ("0b0a6f5cbaa74337a3259da842acf760", "trl: gemma4_v2"),
    ("0b5b4e85c7ea36502d730cce6f8ece16", "xinference: glm-4.5"),
    (
        "0b7a22c3c1eae59581ea7764e6308ed4",
        "vllm: template_deepseek_ocr",
    ),
    (
        "0bf9d356ad494a82f3b17ab2f73b22af",
        "unsloth: unsloth_chat_templates",
    ),
    ("0c71a2c9f2c402e89204a4a214d3da2b", "axolotl: phi_35"),
    (
        "0d718f2bebc47ed4862ceb25a1db942c",
        "xinference: llama-3.2-vision-instruct",
    ),
    (
        "0e2d441b686f3ab3aeab959c8b8e9df3",
        "xinference: MiniCPM-V-2.6",
    ),
    ("0f4a3cd8b55d8ec5186892ba50c78814", "axolotl: nemotron_h"),
    (
        "109e43050e29b1c48b77a1d43be7569a",
        "unsloth: unsloth_chat_templates",
    ),
    ("110d05c93b85d1aa9e9d9a22ddaad89f", "huggingface.js: e2e"),
    (
        "11b4f1502d25f5c20843310d7d91059b",
        "xinference: baichuan-2-chat",
    ),
    (
        "11fb2c87e233b74870b3ade53eb55a1f",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    ("12742591aa98b1ab8c97dc2a1fe858ce", "xinference: glm-5.2"),
    (
        "13c99c05768874b0ce7a07f25ec47e9a",
        "xinference: internlm3-instruct",
    ),
    (
        "14360bd10ff0fc72c6dac128cc58db6b",
        "unsloth: unsloth_models_reap",
    ),
    (
        "14e46395d2ab67b7ac77c1fdacf4417e",
        "vllm: template_minicpmv45",
    ),
    ("14f424728c57ae3f6269cf85fcacb447", "chat_templates: chatqa"),
    ("1570975f6a0ad7faa737fe0e3fb875ff", "trl: phi3_5_training"),
    ("15edfaae8bda43f3c59f116a33841ac2", "huggingface.js: e2e"),
    ("166761e1d2895b96f071046c3b1bab82", "huggingface.js: e2e"),
    ("16931c9a00302b17b13e23b96da5005d", "trl: gemma"),
    ("171bd5a864cac2008d82d4dab33be034", "trl: gemma3_training"),
    ("1a1012df6ea3a092210faba92936eec1", "trl: nemotron_3_super"),
    (
        "1c34271d2307a7ff343b5f9aa94adfad",
        "xinference: QvQ-72B-Preview",
    ),
    (
        "1c65674e42e95a88b670f30ab6b471d2",
        "axolotl: mistral_v7_tekken",
    ),
    ("1c6628b6046617c2fc2113829c7939db", "huggingface.js: e2e"),
    ("1dcd7745308e9ff15073adb96bd3eeab", "trl: lfm2_2_5"),
    (
        "1edd39d7e9e7ab819aa81faa762bcd3e",
        "xinference: Yi-1.5-chat-16k",
    ),
    (
        "2079dc92edea76067d43e637475fe997",
        "huggingface.js: ChatTemplateTests.swift",
    ),
    (
        "2094c4b70f7e0881b61f2e2783d82d09",
        "xinference: Baichuan-M2",
    ),
    (
        "21518b0fa9cc08799a01963780db598f",
        "vllm: template_deepseek_vl2",
    ),
    (
        "219f0c7e2599fd6f3d62c532d6bf6529",
        "llama.cpp: poolside-Laguna-XS.2",
    ),
    ("2293a7718ded006e13c179b98704ee5c", "xinference: glm-5.3"),
    (
        "2362f60757c34c66835bcc628a17ad47",
        "xinference: code-llama-instruct",
    ),
    (
        "237d9d3686a74368adeb304adfc1220c",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    (
        "23a91bd39bc1be07cc1557699f4b5822",
        "llama.cpp: Kimi-K2-Instruct",
    ),
    ("24d4909864480f4adfbc629473778df7", "axolotl: alpaca"),
    ("276080201563d8d74decc793c9786b23", "axolotl: gemma3"),
    (
        "27d76d3c4178e19860676b82e26d9b92",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    ("297b4ce838c03521100ebcd4ceb36f1f", "trl: qwen2_5_training"),
    (
        "29a4fe6cefdd42bd33a7554edd085427",
        "xinference: qwen2.5-instruct-1m",
    ),
    (
        "2b9e386224108a78b9f2df906fdb457f",
        "xinference: Hy-MT2-1.8B",
    ),
    (
        "2d63cf101391d31513f50702be7ec319",
        "llama.cpp: gpt-oss-120b",
    ),
    (
        "2da17c4dc873ceba7de8e1ae88eb1ceb",
        "llama.cpp: llama-cpp-deepseek-r1",
    ),
    (
        "2e49144c584b135b7812f1435d423362",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "2e616e34d5a7c4a2317c8c980a7bdd24",
        "llama.cpp: poolside-Laguna-XS-2.1",
    ),
    (
        "2ecd5308bdda6baae2fc6b1a28066e8c",
        "llama.cpp: mistralai-Mistral-Nemo-Instruct-2407",
    ),
    ("308b5bc23ea51f953efda04f358e95d7", "trl: qwen3_vl"),
    ("319d1b3d3d0d9f691fc400cfa31ee183", "trl: idefics3_training"),
    ("31c19d865621c71edc9f1b883311a4b3", "xinference: MiniMax-M2"),
    ("323e033139e9d38903038a7017da80bd", "axolotl: jamba"),
    (
        "33cae0e4a96de42c4687acf777a8f96c",
        "xinference: Qwen3-Omni-Instruct",
    ),
    ("3474fa5741df6e1041d8b1d9668e31d1", "trl: llava_next"),
    ("34a37b9ff78b0e44317a82530e8d5ce0", "vllm: template_blip2"),
    (
        "363791f3092256e1481e03e78293c822",
        "xinference: qwen1.5-chat",
    ),
    ("371c1f8939064901b27b6fc7c58210da", "trl: gptoss_training"),
    (
        "3907bb7209df1f5261a9179238d069a6",
        "xinference: deepseek-coder-instruct",
    ),
    ("398d527eebe8b22e92b57566dba2672e", "axolotl: gemma3n"),
    ("39bd1f69a2c80abb449a620a56021f84", "huggingface.js: e2e"),
    ("3a60219004a005f28f4f84c7f27ac825", "trl: cohere_training"),
    (
        "3a74f53fb8b7a8147b523ea9bd526613",
        "trl: qwen3_5_think_training",
    ),
    ("3b14d100b5874cf32d269611b4ff10e9", "trl: qwen3_6"),
    ("3bcb315e4d9ea818b8966246b183b9c8", "axolotl: mistral_v2v3"),
    (
        "3be64357b578e8198364ca504c9e9a0e",
        "unsloth: unsloth_chat_templates",
    ),
    ("3cd58293134fec3c3e192db911e9d2e4", "llama.cpp: Qwen3-Coder"),
    (
        "3d441983f7fd789ce8f1efffe7bbb189",
        "chat_templates: qwen2.5-instruct",
    ),
    (
        "3d4c66ce733d287e4e6496f7d5a63092",
        "unsloth: unsloth_chat_templates",
    ),
    ("3d982d7eb432d701a5241f4f9afa87b1", "huggingface.js: e2e"),
    ("3fb4baea9804451b76b8afb205102098", "trl: qwen3_training"),
    (
        "41e6b35a7f0a1e69ab0fef52e0f88158",
        "llama.cpp: NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use",
    ),
    (
        "43d5d9a12c8c0ca0d8fd6c9d259a9e4c",
        "xinference: Qwen3-Instruct",
    ),
    (
        "444a7bd4b5b6fc5ba278c296639ebb04",
        "llama.cpp: poolside-Laguna-S-2.1",
    ),
    ("44663123bf81d16b095c67b6aaaacf29", "xinference: marco-o1"),
    ("4475e7ff917b89126e49cfa2a62fdb1c", "chat_templates: zephyr"),
    ("46fc3a952e3f7d5bca092c371470aa8d", "huggingface.js: e2e"),
    ("47861426ebefb1e95e0481b4ac6aa8af", "axolotl: llama4"),
    (
        "48760fa7af551ea49f63cbe84a648d3d",
        "llama.cpp: ibm-granite-granite-3.3-2B-Instruct",
    ),
    ("48974869d94ee59c4ca900ee62452ebf", "llama.cpp: qwen3.6-27b"),
    (
        "48fcae810e7f0437948c2fb70fbe1573",
        "llama.cpp: upstage-Solar-Open-100B",
    ),
    ("4aa516d1269c9ae7e8386bb106d64ddf", "chat_templates: chatml"),
    ("4b5f91d067e66f71e91a8eadd02330a1", "axolotl: gemma"),
    ("4cb1031b89959e77c087d629ae828b68", "axolotl: deepseek_v2"),
    ("4d795dfd7bd1c74037cb5895b665c4f3", "huggingface.js: e2e"),
    (
        "5021798ab91dd6d8fe2cbede99afad62",
        "llama.cpp: deepseek-ai-DeepSeek-V3.1",
    ),
    (
        "50484205deaabaec43bce4eab376b74b",
        "llama.cpp: qwen3.5-0.8b",
    ),
    (
        "50c1d49d141e7328c6044059b5303f92",
        "trl: diffusion_gemma_training",
    ),
    (
        "50f7e3349ad52b5e89c5de16c5f34c20",
        "xinference: qwen3.8-max",
    ),
    (
        "5131a5c521364a577fdc91c6729b4336",
        "xinference: deepseek-v3",
    ),
    (
        "51a3b1e5ac6eddef024d9ca626cbcc3d",
        "xinference: MiniMax-M2.7",
    ),
    ("51f529a7f3d5db825abe22e9bf54ec59", "chat_templates: vicuna"),
    ("52dd8268e90f16e7286ebe4c4b0abd4d", "trl: lfm2_v2"),
    (
        "557afd215d6c5b0259dfcfc246b5cb59",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "559755d9abe9270c1d12fd886b603061",
        "trl: qwen3_5_nothink_training",
    ),
    ("55df9b6e31b1d89350c5b375e310d2bb", "axolotl: exaone4"),
    (
        "5738af3c009e1ff9d1b09944ff099b85",
        "llama.cpp: fireworks-ai-llama-3-firefunction-v2",
    ),
    (
        "589d0748bbab442d59703378d4754dca",
        "llama.cpp: mistralai-Ministral-3-14B-Reasoning-2512",
    ),
    ("594da19184f0678764ebb03d59517328", "xinference: MiniMax-M3"),
    ("596863708ebcb121308b95f36cdd5862", "trl: qwen2_5_vl"),
    (
        "59d845771a021722c56a3a24ae4ca08a",
        "llama.cpp: NVIDIA-Nemotron-Nano-v2",
    ),
    (
        "5acf3ae57bbd8c6919990f8df3ac18fa",
        "chat_templates: falcon-instruct",
    ),
    ("5e454ec7411d93c34e3d0f48d31b3922", "xinference: Kimi-K2.5"),
    (
        "5f35060a717437a095ad794c98c87228",
        "trl: nemotron_3_ultra_training",
    ),
    (
        "604d3132ab991dde40b592696d16ae10",
        "trl: deepseek_r1_distill_training",
    ),
    (
        "60c7c8532e152fef274d86e3a29f307c",
        "xinference: deepseek-prover-v2",
    ),
    (
        "60fe739414d2ffd555c2372d0fa8b134",
        "xinference: deepseek-r1-0528",
    ),
    ("61334a35876b4fe93dc6179bf4395457", "axolotl: phi_3"),
    ("624d69df9ccb346c0e97ef0d92998925", "huggingface.js: e2e"),
    ("633020d3beb1cdb244a54501ce77c737", "huggingface.js: e2e"),
    (
        "638e558bc29a091ef7d7f38a30bada37",
        "llama.cpp: Bielik-11B-v3.0-Instruct",
    ),
    (
        "63e60ca2db6033fa193ed0a071acc8d0",
        "llama.cpp: GigaChat3-10B-A1.8B",
    ),
    (
        "64a35558bdd10682640d82387c73987e",
        "unsloth: unsloth_chat_templates",
    ),
    ("6519306154e17888e848824ecba951b1", "trl: phi3"),
    (
        "657f4ac350ff1d3cbd447c1f368ebd47",
        "xinference: Ling-3.0-flash",
    ),
    (
        "6616b2d8623e3c7eeb6827a1216dfdd1",
        "xinference: phi-3-mini-128k-instruct",
    ),
    (
        "66858b21db7f3bc94ba56659e6239ff6",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_tests_test_llama_chat_fo",
    ),
    ("66c7f11174abd906cfcf59ee1db6e9ec", "huggingface.js: e2e"),
    ("6720d4730ba84a4ed9dfd33cf9866ab0", "trl: gemma4_v3"),
    (
        "67211d29c72117e53f6d3a758e437209",
        "axolotl: mistral_v3_tekken",
    ),
    ("691f3d903f4759bde784c206dcb75f6a", "trl: cohere2_training"),
    ("69a8b8e60df7c66c86223e83fd4ccb41", "huggingface.js: e2e"),
    ("6b80a559302a5141742c34391be0bb26", "trl: cohere"),
    ("6bd87929fa64cf1485f74fb5427e7a9b", "trl: smolvlm_training"),
    (
        "6c3dc73f16347fbb229f80fd384fac01",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    (
        "6cdb7d5c126830bf085aff0a04a27c64",
        "xinference: deepseek-v2-chat-0628",
    ),
    ("6d8452b3771bb6bd7e5b380d550b8e4f", "axolotl: metharme"),
    (
        "6e87d04e60b0bc951c5e730eba568c00",
        "llama.cpp: meetkai-functionary-medium-v3.1",
    ),
    ("6f8502403986bf36ff58585f018b09f1", "trl: llama3_training"),
    (
        "6f9a2f921ccd28c56a06f7591eba129e",
        "trl: qwen2_5_vl_training",
    ),
    (
        "6fd9be28f124940d752c02d0940d01d0",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "704645be18fd42e216db4b1ce4abf40f",
        "unsloth: unsloth_chat_templates",
    ),
    ("73b128460a272bcbd22406fe2f6f6d70", "trl: idefics3"),
    ("749a63c49db450ec88a231d8d4455566", "trl: phi3_training"),
    ("74fc8c966e50b04b60021e398b1981ca", "trl: nemotron_3_ultra"),
    ("7543456e8b0c7c777b208b1a387c0154", "huggingface.js: e2e"),
    (
        "756dc3b0af31988f2ff4edb7b62bac9a",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    (
        "7828cc38497cb5e5c6e2e7477a7f15c1",
        "llama.cpp: unsloth-mistral-Devstral-Small-2507",
    ),
    ("790d4c15daeaf620ddff234e55790f33", "xinference: cogagent"),
    ("798d6bb2dff084db26defb8548ac5653", "chat_templates: alpaca"),
    (
        "7a8f34184d7cc13cb639a7488330e56d",
        "xinference: deepseek-r1-0528-qwen3",
    ),
    ("7b4b1630da04daf45a41396a26c3abd0", "axolotl: cohere"),
    (
        "7baeaf01dd81db42d01742197aaee6e8",
        "llama.cpp: CohereForAI-c4ai-command-r7b-12-2024-tool_use",
    ),
    (
        "7c132474c9d02546ec989ca832422b9b",
        "llama.cpp: StepFun3.5-Flash",
    ),
    ("7e41ecbd8ea5de9aca52fd7cf14d0b22", "huggingface.js: e2e"),
    (
        "7f693b737ad7ecd7a28ee2a229e5088f",
        "trl: nemotron_3_5_lightning_training",
    ),
    ("800a069264de14f7834fd9f43e08e4f4", "huggingface.js: e2e"),
    ("818c00e1e43da1284b95d822973ec94f", "xinference: QwQ-32B"),
    ("81b584d6a399eb5a07140d052414ef35", "trl: nemotron_3_nano"),
    (
        "81ec2c844cdd94924359b6d42d8e2f06",
        "llama.cpp: deepseek-ai-DeepSeek-V4",
    ),
    (
        "823479ebc18df57da5ec8c4d67e9ee62",
        "llama.cpp: google-gemma-4-31B-it",
    ),
    (
        "828f5da05470e98d266d15b5c1446d48",
        "xinference: skywork-or1",
    ),
    ("829c458fdc3827c32290e07022382d68", "trl: lfm2_2_5_vl"),
    ("8309b5bb18c0ac9b53c9c04aacf38ee4", "llama.cpp: Reka-Edge"),
    ("836e4319fdcbc5364f1628efa21b5717", "llama.cpp: MiMo-VL"),
    (
        "83e6f172c999c704e9274157c55d9d1e",
        "unsloth: unsloth_chat_templates",
    ),
    ("84335a78913f861d2d5acd66df443924", "huggingface.js: e2e"),
    ("84755167adca0840b500419d0395e831", "trl: cohere2"),
    (
        "8551387de2cc6316e829edd1d9cad519",
        "chat_templates: phi-3-small",
    ),
    ("8553dee3abc7d351331abaf9a5e7e3b9", "axolotl: phi_4"),
    (
        "855fc0cb0c7007624d1eed2f28852fc4",
        "trl: nemotron_3_super_training",
    ),
    (
        "85d5300345269dce75c6cd0b9dc5a00a",
        "xinference: glm4-chat-1m",
    ),
    ("872ff9e3363a99467d1fe2e1432c2ab7", "unsloth: gemma-4-edge"),
    ("876e98c277da0a4b2312fbfc23d2c763", "huggingface.js: e2e"),
    ("87c0ac953b0b889ad16f7d71e623d886", "axolotl: pixtral"),
    ("883bc1c9d72c7ff8f761d8c0e7ab4648", "xinference: glm4-0414"),
    (
        "88768edbbf75db6df703b0c2c7fa6fef",
        "trl: deepseekv3_training",
    ),
    (
        "8b089fdc118d3a2f23440ce6b9988c4f",
        "axolotl: llama3_2_vision",
    ),
    ("8c5440e5831130352dfab16a6c4f2a20", "trl: qwen3_5_nothink"),
    ("8df227b29acdcd97ee55f7afe54de384", "xinference: telechat"),
    (
        "8fc1d1857cd499fdc29d8593feb17eab",
        "xinference: MiniMax-M2.5",
    ),
    ("90f1d405f6684ae502c57cfd1e721b12", "trl: gemma4"),
    ("919784afcfba86715c6670da6cb23e3e", "huggingface.js: e2e"),
    (
        "92c105a62c07583f1445b50c6683fda8",
        "llama.cpp: meetkai-functionary-medium-v3.2",
    ),
    (
        "941e6f32e009d590e38957bd23e361ec",
        "xinference: qwen2-audio-instruct",
    ),
    ("943e1fb9280319c635e6989f8077df87", "huggingface.js: e2e"),
    (
        "944473a27a66b12cca553a4668d7eb38",
        "llama.cpp: unsloth-Apriel-1.5",
    ),
    (
        "94e9a356574134c073134117c668d359",
        "xinference: xinference_model_rerank_vllm_qwen3_vl_reranker",
    ),
    (
        "969df709b5c484897e92388977092f0d",
        "unsloth: unsloth_tokenizer_utils",
    ),
    ("97379120988eff1f784324b4ec8de81a", "trl: deepseekv3"),
    ("98cff6c5c49df7061f5c8dff64e597b4", "xinference: seallms-v3"),
    ("98f293a2422db530ba35beef06db9c4c", "vllm: template_chatml"),
    (
        "99c7fcbdf35244e9a98c36454ef9f659",
        "guidance: guidance_chat",
    ),
    ("9a6c08d7065c91eef0e06bd9232c5bef", "trl: lfm2_v2_training"),
    (
        "9b38bdb932379ace7aa185fd48b32694",
        "llama.cpp: moonshotai-Kimi-K2",
    ),
    ("9b6479f021754aadc4a3fd57ca8b030c", "trl: llama3_1"),
    (
        "9b64e5a7a3e18399ee8d2e895d9b4841",
        "xinference: llama-3-instruct",
    ),
    ("9b8e6ec52b59338744063807cfdef85c", "xinference: Ernie4.5"),
    ("9bf72b34c83eca16725f0b29c74c9cb5", "trl: qwen3_8_training"),
    (
        "9c7e9b028b6fd14df3843864e079d307",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    (
        "9c8aef036016f30ec21b54c43dd2732f",
        "xinference: mistral-large-instruct",
    ),
    (
        "9cda2fbdd2f422243734e10aa0487a68",
        "chat_templates: llama-2-chat",
    ),
    ("9d7c4fcccf0dd0fa71e73f538f952e1c", "axolotl: llava"),
    (
        "9ec8e78b5ef705c8eadfaf549fcd3329",
        "chat_templates: solar-instruct",
    ),
    ("9f29159f8124fc7ec6a0ca047043899b", "huggingface.js: e2e"),
    (
        "9fc7b5f94e5e53da5b0d7f7d26500b27",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    (
        "a058ec632fc51ff7bf4888022cf6d857",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "a0d6c86e4185f671993909215681ffd7",
        "xinference: glm-edge-chat",
    ),
    ("a0e2d6592ad1b1866edc93f317496186", "xinference: GLM-4.6"),
    ("a145a3c1ec24f4b1a32e0340813190ec", "huggingface.js: e2e"),
    (
        "a1a0306fc9b250b224e642683dd1ac01",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    (
        "a343986b04bf6f9f932df4909fa80dcf",
        "llama.cpp: Mistral-Small-3.2-24B-Instruct-2506",
    ),
    ("a3a7c83f0d1542595862f1dc1334cc5d", "trl: qwen3"),
    (
        "a45448da19eedc8583d20450e5013a56",
        "sglang: sglang_srt_tokenizer_tiktoken_tokenizer",
    ),
    ("a4ca571f8fefbcf7ab8407b12bb38a68", "huggingface.js: e2e"),
    ("a5371d145c767b09c1cf8568f1236ad2", "axolotl: command_a_rag"),
    ("a53efa4431f90c26082fee11b79a4b66", "axolotl: qwen3"),
    (
        "a58d9628b0da63aa5bc683b01d40e751",
        "llama.cpp: ibm-granite-granite-4.1",
    ),
    ("a8a860b170966c8430440939770c56ce", "trl: gemma_training"),
    (
        "a8b4475699a2df9874445d31a646c8ea",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    ("a90f8347ed66b99eb5f5193292bde60c", "xinference: seed-oss"),
    (
        "a9716dd5ca6e3b27de7062f451c9e45a",
        "llama.cpp: deepseek-ai-DeepSeek-V4-Flash-0731",
    ),
    (
        "aa2b01178ca09f62735e1f0ee0a8aee5",
        "xinference: Deepseek-V3.1",
    ),
    (
        "aad6004a8abbdf7dd9814463b8dc67c2",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "ab0932a8ff6c85c786753bd16a148cd5",
        "xinference: glm-4.1v-thinking",
    ),
    ("ac6f712b01aefb4d83d39c321b58512e", "xinference: qwen-chat"),
    ("ac900820f46389bcea728a65cc7b36d2", "xinference: glm-4.5v"),
    ("ac92a33b6b7e2f950ee20f0c9f36ef5b", "trl: qwen3_6_training"),
    (
        "ad7ee91f44d0bf65d392e407828f0fe7",
        "unsloth: unsloth_chat_templates",
    ),
    ("ae5f06c4df7ea5a07713c6f3ca80ab14", "axolotl: falcon_h1"),
    (
        "af6b354aff049ec15a38ebbf7c0dca62",
        "huggingface.js: VisionTests.swift",
    ),
    (
        "b0fc6b262c6f244ffada66cd5f1f597f",
        "llama.cpp: google-gemma-4-31B-it-interleaved",
    ),
    ("b4c1d6f29cecb45296225f1c6f4c58a7", "chat_templates: saiga"),
    ("b4f5c9a04013309b706ff79298015b4f", "trl: gemma4_v5"),
    (
        "b541fb5ffcf851035e4c508ddd7abea3",
        "unsloth: zoo_unsloth_zoo_mlx_utils",
    ),
    (
        "b7171f4adc3a9a8a3c51ec6a2e5211f9",
        "chat_templates: llama-3-instruct",
    ),
    ("b7b0e4db7ee3a19554df4e38228497f6", "trl: lfm2_2_5_v2"),
    ("b9dfc7fe3017b07888056668f1d6be05", "axolotl: llama3"),
    (
        "ba95db65fde8dfaca5a4c97ccd0bf91c",
        "xinference: mistral-instruct-v0.1",
    ),
    (
        "bad4086bcd7953fbb11e26edf492660b",
        "xinference: XiYanSQL-QwenCoder-2504",
    ),
    ("bbe03bb674db30b57d1582db45cf28b5", "trl: llama3_2"),
    (
        "bbfada53ae473a6f905081b740adfcff",
        "unsloth: unsloth_tokenizer_utils",
    ),
    (
        "bc277a04e80e8192e6319be55118be41",
        "chat_templates: mistral-instruct",
    ),
    ("bd8fbc5943c5b0cadc5a610ccdf9fe53", "vllm: muse_glimmer"),
    (
        "be60fbbd794c1c6e5b88807bcdb5d54e",
        "xinference: qwen2.5-omni",
    ),
    (
        "beb4e8faa91db90529e54858f8fc060c",
        "autotrain: advanced_autotrain_trainers_clm_utils",
    ),
    (
        "beee2df3b6fe23ee63c705c98cc48004",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "bf18bdf94c017ebae70a2b04e0530ec9",
        "llama.cpp: HuggingFaceTB-SmolLM3-3B",
    ),
    (
        "bfff88d2b1df2931d460fff3154d7af0",
        "xinference: GLM-4.7-Flash",
    ),
    (
        "c05edc2efe489e9029b338e2ca0fdc92",
        "xinference: minicpm5-2b",
    ),
    ("c1374694499de34dd3c31f157a7671d1", "huggingface.js: e2e"),
    ("c34df2e83fcc4c3d3cb273415c80a10e", "chat_templates: phi-3"),
    (
        "c480c762eb0102e89fc463ee00ad39f1",
        "unsloth: unsloth_chat_templates",
    ),
    ("c4e05233b371b35d66c18a6c1ef4dbe3", "trl: diffusion_gemma"),
    ("c5fe3ac808d6484b3aa296d1c9dd42b0", "trl: lfm2"),
    (
        "c62fd2cf7691fa2eea1b697dc7dae184",
        "guidance: guidance_chat",
    ),
    (
        "c732fc2c2b55376f661542b04c0cc7e2",
        "guidance: guidance_chat",
    ),
    ("c7b250bab27f5de2d72b776febab3915", "huggingface.js: e2e"),
    (
        "c7f088260f7786c5fe80b7bced5710be",
        "chat_templates: granite-3.0-instruct",
    ),
    (
        "c819fa79108f905be0d8a33deae9f28b",
        "llama.cpp: CohereForAI-c4ai-command-r-plus-tool_use",
    ),
    (
        "c8be064dfab4451578ce9a19bbbbdf49",
        "xinference: moonlight-16b-a3b-instruct",
    ),
    (
        "c98312532aee25fcedd195027a7335a9",
        "llama.cpp: Apriel-1.6-15b-Thinker-fixed",
    ),
    (
        "c9e6225b211f24860a0284d258b566f5",
        "llama.cpp: Apertus-8B-Instruct",
    ),
    (
        "cae6949dd3de421773e3ad68852061b4",
        "guidance: guidance_chat",
    ),
    (
        "cbb6379127294c5889d91009bcfac709",
        "xinference: minicpm5-1b",
    ),
    (
        "cbe00b2ba75ed496dcdcaf4f79e32fba",
        "xinference: Qwen3-VL-Thinking",
    ),
    (
        "cc0f9b9298d5cd91e8c1dc2a5ffbf10c",
        "xinference: Qwen3-Coder",
    ),
    ("cc561f7a56493328d6dcc58ca88eb757", "vllm: template_basic"),
    (
        "cc96f22006452776bc2e6578a524149a",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "ce200493aa0885aaab7785aa59b4693c",
        "trl: muse_glimmer_training",
    ),
    ("d1def5a4ebe86ba38e3cb8f0ea5b3658", "trl: gptoss"),
    (
        "d22b70f792a79fbc33be979763637379",
        "xinference: mistral-instruct-v0.3",
    ),
    (
        "d3184fd61b250544620dabc64b12b66d",
        "xinference: Qwen3-Next-Thinking",
    ),
    (
        "d37a8cd0e063b52c9f5800a2f0bb8730",
        "chat_templates: gemma-it",
    ),
    ("d3d6adda5269b350b0a4f3edce441f17", "xinference: gpt-oss"),
    ("d43343f2f861fbf86b34b77a1a9744e9", "xinference: glm-5.1"),
    (
        "d4f6bf554cc3a150d9adbd8f1d24ff1d",
        "guidance: guidance_chat",
    ),
    ("d5a54cd5912ba12508563fd375e18753", "huggingface.js: e2e"),
    ("d6447c75bb10fb9861018cb1724f38a7", "axolotl: qwen3_5"),
    ("d7bf388f4225aee01c2a690fb250bc66", "vllm: moondream3"),
    ("d7f85cac13109d205f41dc6b005cc4e1", "xinference: qwen3"),
    (
        "d8c83a72472a98d87349154e990d7cae",
        "axolotl: command_a_tool_use",
    ),
    (
        "d97ca58e2c8ec1496c301928dd0e090b",
        "trl: nemotron_3_nano_training",
    ),
    ("dac270708343160d3f293e0b537ab05c", "huggingface.js: e2e"),
    ("db615809028a224fc8f3c9a823802269", "xinference: KAT-V1"),
    (
        "dc044829c31dd8c8c68e9154e267543a",
        "llama.cpp: Kimi-K2-Thinking",
    ),
    ("dc201a2606952f9cceda2038d9ee7708", "huggingface.js: e2e"),
    ("dcaa7ac3f9632a92bc0127f5c776d4b1", "trl: lfm2_training"),
    ("dd0ba302769a7256018b1898b9cda018", "trl: llama3"),
    ("de676139fe3c028939ec6fc55208abf7", "xinference: glm4-chat"),
    ("df4b71f8c324d51c563896486ef46019", "axolotl: deepseek_v3"),
    (
        "df5aaff50324f012963d4255d2ffd352",
        "unsloth: unsloth_chat_templates",
    ),
    ("e019789723be654ad461e74924f129ab", "xinference: codegeex4"),
    (
        "e06f24f02157bab35f0a4ff546649384",
        "litgpt: litgpt_deploy_serve",
    ),
    (
        "e08168e9b19886a31f7daaea50f237fc",
        "trl: qwen3_instruct_2507_training",
    ),
    (
        "e12b51592acb43d9089a43b1b32e4d80",
        "llama.cpp: deepseek-ai-DeepSeek-V3.2",
    ),
    ("e1af4577fcc5147ef3c78056ab15a25f", "axolotl: aya"),
    ("e1c3d94013e76ba3bc4bde80e40ec067", "trl: glm4moe_training"),
    (
        "e51bdfa61be17d98ea5da9f61b16de05",
        "llama.cpp: gemma-4-12b-it-qat",
    ),
    (
        "e5f56a6bf7d9cd1e41aaf62e8c409b22",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "e67a3027bafad374278563c75861d26a",
        "llama.cpp: llama-cpp-rwkv-world",
    ),
    (
        "e7a747d2e518be28927388c51b8a02f2",
        "xinference: minicpm-2b-dpo-bf16",
    ),
    (
        "e8a63fbd3d68f3e329e219450e8f519e",
        "xinference: DeepSeek-V3.2",
    ),
    (
        "e8ac6c3671a1507f14fbf79a3f6095c9",
        "xinference: deepseek-chat",
    ),
    (
        "e8c8bd6ded90b0addaa104207ad3a5d5",
        "llama.cpp: ByteDance-Seed-OSS",
    ),
    (
        "e8eef7a2e73b9e12f8e1d3407b10220a",
        "trl: nemotron_3_5_lightning",
    ),
    ("ea510abe40e9420fdcd194cd0e7225fa", "trl: phi3_5"),
    ("eb8ff841027b63f3c8f4377b866d20be", "llama.cpp: Spark2.5"),
    ("ebb94920534e6660770d91ebe6cc419d", "huggingface.js: e2e"),
    (
        "ebbcfc9c7fa41d0125f76ba410b9267e",
        "guidance: guidance_chat",
    ),
    ("ebecf743e27d5b4952de116e4d341222", "llama.cpp: Cohere2MoE"),
    ("ed6d782fe26d8f4e15363e90beb1d478", "unsloth: gemma-4"),
    (
        "ee3fbbf71d97efdff79a374e5fa2403f",
        "trl: qwen3_instruct_2507",
    ),
    (
        "ee455e82083b027e976772462a1b026e",
        "guidance: guidance_chat",
    ),
    (
        "f0aa1efd90836da35c57d857c7f2aba1",
        "llama.cpp: cpp_python_llama_cpp_python-0.3.36_llama_cpp_llama_chat_for",
    ),
    ("f0c7228fae092495a75c91e8717409e0", "axolotl: mistral_v1"),
    (
        "f10538ea2f708efb96805494d01f3488",
        "llama.cpp: Qwen-QwQ-32B",
    ),
    (
        "f18bb11165eee3c115358ff0d5b2eac4",
        "transformers: smolvlm_processing_smolvlm",
    ),
    (
        "f1a5b01669e68d1faedc069dcf5a1560",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "f1f88e0f0a2919ef11eb9730943e6408",
        "chat_templates: amberchat",
    ),
    ("f21144370d37bc7bffd9854732d8ce39", "axolotl: command_a"),
    ("f2b87977f58413a1ffdc63d0c50be798", "llama.cpp: GLM-4.6"),
    ("f5607f251b58f78c71dbeff5253f5f84", "llama.cpp: MiniMax-M1"),
    (
        "f57a4a1d0b6dd52f8b5a03647e9ccd42",
        "trl: llava_next_training",
    ),
    ("f5b75257ccb79f6c8bcebc7b8ee0210b", "trl: qwen3_vl_training"),
    (
        "f682bf683b17a31eac08d6f77353f405",
        "xinference: Qwen3-Omni-Thinking",
    ),
    ("f7a4c3876a14621ac6d8ecddd206b8da", "axolotl: exaone"),
    (
        "f7e9acab2960db66fa8bcc5b260fb3be",
        "llama.cpp: LFM2.5-Instruct",
    ),
    ("f81c45594d4a089fe2279c9bb20c22e3", "llama.cpp: Kimi-K3"),
    (
        "f8427ea161143f3ac0530d7f45bd32b5",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "f927a1265f2e432e4f0e9da8f3d6e6df",
        "llama.cpp: Qwen-Qwen3-0.6B",
    ),
    ("f9c32374b4df157510c408a3b80a0daf", "trl: smolvlm"),
    (
        "f9d940bc5d89ddcda1291ccf30a5d35f",
        "unsloth: unsloth_chat_templates",
    ),
    (
        "f9ecddd63c6e3b8317d7107434032eb3",
        "chat_templates: openchat-3.5",
    ),
    ("fbec47c5420011e82dbc4a0db7a0fc8c", "huggingface.js: e2e"),
    (
        "fcdc35d0caefda667536c0b53967ef45",
        "transformers: llama4_processing_llama4",
    ),
    (
        "fe4bb843279257cb5f593c2c304c07e6",
        "trl: deepseek_r1_distill",
    ),
];
