"""Serves the bot on port 8000."""

from http.server import BaseHTTPRequestHandler, HTTPServer

from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


class Bot(BaseHTTPRequestHandler):
    """Answers one question for each request."""

    tokenizer = None
    model = None

    def do_POST(self) -> None:
        question = self.rfile.read(int(self.headers["Content-Length"])).decode()
        prompt = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], return_tensors="pt", add_generation_prompt=True
        )
        answer = self.tokenizer.decode(self.model.generate(prompt, max_new_tokens=200)[0])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer.encode())


def main() -> None:
    Bot.tokenizer = AutoTokenizer.from_pretrained("base")
    Bot.model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("base"), "adapter")
    HTTPServer(("0.0.0.0", 8000), Bot).serve_forever()


if __name__ == "__main__":
    main()
